/**
 * Delivery to real receivers on loopback: the OpenTelemetry Collector, Prometheus and VictoriaMetrics, built from Go
 * modules in the versions that test/receivers/peers pins.
 *
 *   npm run test:receivers [-- FILE]
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildPeer, hasGo, peerPackages } from './peers/build-peer.ts';
import { readResults, resultsTable } from './results.ts';

if (await hasGo()) {
  process.exitCode = await buildAndTest();
} else {
  process.stdout.write('test:receivers is skipped. It needs `go` (1.21 or newer), which builds the receivers.\n');
  // A skipped proof is none where the proof is asked for.
  if (process.env.CI) process.exitCode = 1;
}

async function buildAndTest(): Promise<number> {
  for (const peer of Object.keys(peerPackages) as (keyof typeof peerPackages)[]) {
    const started = Date.now();
    const { version } = await buildPeer(peer);
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stdout.write(`${peerPackages[peer].name} ${version}: ready after ${seconds} s\n`);
  }
  const directory = await mkdtemp(path.join(os.tmpdir(), 'receivers-'));
  const resultsFile = path.join(directory, 'results.jsonl');
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--config', 'test/receivers/vitest.config.ts', ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, RECEIVERS_RESULTS: resultsFile } },
  );
  process.stdout.write(resultsTable(await readResults(resultsFile)));
  await rm(directory, { recursive: true });
  return status ?? 1;
}
