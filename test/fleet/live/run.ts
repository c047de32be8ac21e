/**
 * Fleets of real collectors on a real etcd (Debian's `etcd-server`), with kills, pauses, cut networks and an etcd that goes
 * away. Installs etcd where it may.
 *
 *   npm run test:fleet [-- -t 'NAME']
 *   npm run proof:fleet -- --seeds 20     the same faults mixed, so many times
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const isThere = () => spawnSync('etcd', ['--version']).status === 0;

function install(): void {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return;
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'etcd-server', 'etcd-client'], options);
}

function runTests(words: readonly string[], environment: NodeJS.ProcessEnv): number {
  const all = ['vitest', 'run', '--config', 'test/fleet/live/vitest.config.ts', ...words];
  return spawnSync('npx', all, { stdio: 'inherit', env: { ...process.env, ...environment } }).status ?? 1;
}

function prove(seeds: string): number {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'fleet-proof-'));
  const results = path.join(directory, 'results.jsonl');
  const status = runTests(['test/fleet/live/proof.test.ts'], { FLEET_SEEDS: seeds, FLEET_RESULTS: results });
  if (existsSync(results)) {
    const rows = readFileSync(results, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const columns = Object.keys(rows[0] ?? {});
    process.stdout.write(`| ${columns.join(' | ')} |\n|${columns.map(() => '---').join('|')}|\n`);
    for (const row of rows) process.stdout.write(`| ${columns.map((column) => row[column]).join(' | ')} |\n`);
  }
  rmSync(directory, { recursive: true });
  return status;
}

const words = process.argv.slice(2);
const seedsAt = words.indexOf('--seeds');
if (!isThere()) install();
if (isThere()) {
  process.exitCode = seedsAt < 0 ? runTests(words, {}) : prove(words[seedsAt + 1] ?? '1');
} else {
  process.stdout.write('test:fleet is skipped. It needs etcd: apt-get install etcd-server etcd-client\n');
  // A skipped proof is none where the proof is asked for.
  if (process.env.CI) process.exitCode = 1;
}
