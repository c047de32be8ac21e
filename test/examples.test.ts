import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { afterThisTest } from './helpers/console.ts';
import { OtlpSink } from './helpers/otlp-sink/index.ts';

const root = path.join(import.meta.dirname, '..');

test('examples/embed.ts exports through the stock OTLP exporter and the Ceilometer exporter at once', async () => {
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-'));
  afterThisTest(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'samples.jsonl');
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/embed.ts'], {
    cwd: root,
    env: {
      ...process.env,
      OTLP_ENDPOINT: sink.url,
      CEILOMETER_PUBLISHER: `file://${file}`,
      RUN_FOR_SECONDS: '3',
      EXPORT_EVERY_SECONDS: '1',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(output).toMatch(/busiest: [\w-]+, \d\.\d\d processors/);
  expect(sink.violations).toEqual([]);
  expect(sink.points.filter(({ metric }) => metric === 'powervm.lpar.cpu.consumed').length).toBeGreaterThan(10);
  const samples = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(samples.some(({ name, unit }) => name === 'cpu' && unit === 'ns')).toBe(true);
});
