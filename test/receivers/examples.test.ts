import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { buildPeer } from './peers/build-peer.ts';
import { OtelCollector } from './peers/otel-collector.ts';
import { Prometheus } from './peers/prometheus.ts';
import { VictoriaMetrics } from './peers/victoria-metrics.ts';

const root = path.join(import.meta.dirname, '../..');
const main = path.join(root, 'dist/cli/main.js');
/** Two samples of every partition. */
const ENOUGH = 20;

/**
 * An example as its user starts it: an HMC with a certificate of its own, the rest by the variables that it names.
 * `examples/novalink.yaml` is not among them: test/examples.test.ts runs it, and its exporter is that of
 * `examples/hmc.yaml`. Those with Ceilometer run in test/cloud.
 */
async function startExample(name: string, environment: Readonly<Record<string, string>>) {
  const simulator = await startSimulator({ tls: true, lpars: 6 });
  const directory = await temporaryDirectory();
  await writeFile(path.join(directory, 'hmc-password'), simulator.password, { mode: 0o600 });
  const child = spawn(process.execPath, [main, 'run', '--config', path.join(root, 'examples', name)], {
    env: {
      PATH: process.env.PATH,
      HMC_ENDPOINT: simulator.url,
      HMC1_ENDPOINT: simulator.url,
      HMC2_ENDPOINT: simulator.url,
      HMC_USERNAME: simulator.username,
      HMC_CA_FILE: simulator.caFile,
      HMC1_CA_FILE: simulator.caFile,
      HMC2_CA_FILE: simulator.caFile,
      CREDENTIALS_DIRECTORY: directory,
      STATE_DIRECTORY: path.join(directory, 'state'),
      GATEWAY_TOKEN: 'token',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  afterThisTest(async () => void child.kill('SIGKILL'));
  return { child, directory, log: () => log };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}

test.each([
  ['hmc.yaml', 'OTLP_ENDPOINT'],
  ['two-hmcs.yaml', 'OTLP_ENDPOINT'],
  ['gateway.yaml', 'GATEWAY_ENDPOINT'],
])('examples/%s delivers to the OpenTelemetry Collector', async (name, variable) => {
  const peer = await OtelCollector.start();
  const { child, log } = await startExample(name, { [variable]: peer.httpUrl });
  await expect.poll(() => peer.acceptedPoints(), { timeout: 60_000 }).toBeGreaterThan(ENOUGH);
  await end(child);
  expect(log()).not.toMatch(/"level":(50|"error")/);
});

test.each(['prometheus', 'victoria-metrics'] as const)('examples/remote-write.yaml delivers to %s', async (name) => {
  const { executable } = await buildPeer(name);
  const peer =
    name === 'prometheus'
      ? await Prometheus.start(executable, '', ['--web.enable-remote-write-receiver'])
      : await VictoriaMetrics.start(executable);
  const { child } = await startExample('remote-write.yaml', { REMOTE_WRITE_ENDPOINT: `${peer.url}/api/v1/write` });
  const found = () => peer.samples('{__name__="powervm_lpar_cpu_consumed",environment="production"}', Date.now());
  await expect.poll(async () => (await found()).length, { timeout: 60_000 }).toBe(8);
  await end(child);
});

test('examples/air-gap.yaml fills a file that the OpenTelemetry Collector gets by replay', async () => {
  const peer = await OtelCollector.start();
  const { child, directory } = await startExample('air-gap.yaml', {});
  const file = path.join(directory, 'state/out/metrics.json');
  const replay = async () => {
    const sent = spawn(process.execPath, [main, 'replay', file, '--to', peer.httpUrl], { stdio: 'ignore' });
    return (await once(sent, 'exit'))[0];
  };
  await expect.poll(replay, { timeout: 60_000, interval: 500 }).toBe(0);
  await end(child);
  expect(await replay()).toBe(0);
  expect(await peer.acceptedPoints()).toBeGreaterThan(ENOUGH);
});
