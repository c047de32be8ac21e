import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lpar, phyp, START } from '../helpers/documents.ts';
import { documentKind } from './how-to-add/document-kind.ts';
import { exporter } from './how-to-add/exporter.ts';
import { metric } from './how-to-add/metric.ts';
import { verb } from './how-to-add/verb.ts';
import { applyChange, touchedFiles } from './how-to-add/worked-example.ts';
import { root } from './pages.ts';

const examples = [
  { example: metric, atMost: 3 },
  { example: exporter, atMost: 4 },
  { example: documentKind, atMost: 4 },
  { example: verb, atMost: 3 },
] as const;
const architecture = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
const copy = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-how-to-add-'));

beforeAll(() => {
  cpSync(path.join(root, 'src'), path.join(copy, 'src'), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json']) cpSync(path.join(root, name), path.join(copy, name));
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  for (const { example } of examples) {
    for (const change of example.changes) {
      const place = (file: string) => path.join(copy, 'src', file);
      const text = applyChange(change, (file) => readFileSync(place(file), 'utf8'));
      mkdirSync(path.dirname(place(change.file)), { recursive: true });
      writeFileSync(place(change.file), text);
    }
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Runs a program on the changed copy. */
function run(script: string, input = ''): string {
  const file = path.join(copy, 'check.mts');
  writeFileSync(file, script);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    cwd: copy,
    input,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe.each(examples)('how to add $example.adds', ({ example, atMost }) => {
  test(`touches at most ${atMost} files, those that docs/architecture.md names`, () => {
    const files = touchedFiles(example);
    expect(files.length).toBeLessThanOrEqual(atMost);
    const row = architecture.split('\n').find((line) => line.startsWith(`| ${example.adds} |`)) ?? '';
    expect([...row.matchAll(/`(src\/[\w/.-]+\.ts)`/g)].map(([, file]) => file).sort()).toEqual(files);
  });
});

test('all examples together pass the type checker', () => {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '--noEmit', '-p', copy], { encoding: 'utf8' });
  expect(stdout).toBe('');
});

test('the metric of the example has a point', () => {
  const document = phyp(START, { lpars: [lpar(START, { memory: { logicalMem: 4096, virtualPersistentMem: 512 } })] });
  const output = run(
    `import { readFileSync } from 'node:fs';
import { emptyInventory, inspectFrame } from './src/inspector/index.ts';
import { metricView, resourceMetricsOf } from './src/metrics/index.ts';
import { assemble, emptyAssembly, parseHypervisorDocument } from './src/pcm/index.ts';
const listed = { listedAt: ${START}, document: parseHypervisorDocument(readFileSync(0, 'utf8')) };
const [sample] = assemble(emptyAssembly('system'), [listed]).samples;
const { activity } = inspectFrame(undefined, sample, emptyInventory('system'));
const metrics = resourceMetricsOf([activity], metricView()).flatMap((of) => of.scopeMetrics[0].metrics);
console.log(metrics.find((metric) => metric.descriptor.name === 'powervm.lpar.memory.persistent').dataPoints[0].value);`,
    document,
  );
  expect(output).toBe('512\n');
});

test('the exporter of the example takes batches, with the options of every exporter', () => {
  const output = run(`import { createBatchExporter, parseConfig } from './src/collector/index.ts';
import { silentLogger } from './src/base/logger.ts';
const text = JSON.stringify({
  receivers: { powervm: { consoles: [{ simulator: {} }] } },
  exporters: { point_counter: { label: 'batch', sending_queue: { queue_size: 5 } } },
  service: { pipelines: { metrics: { receivers: ['powervm'], exporters: ['point_counter'] } } },
});
const { exporters } = parseConfig(text, 'otel-config.yaml', { environment: {}, readFile: () => '' });
const context = { id: 'point_counter', print: console.log, logger: silentLogger, extensions: new Map() };
await createBatchExporter(exporters.point_counter, context).exportBatch([]);`);
  expect(output).toBe('batch: 0\n');
});

test('the document of the example is found in a feed, parsed, and joined to its instant', () => {
  const output = run(
    `import { readFileSync } from 'node:fs';
import { assemble, emptyAssembly, parseHypervisorDocument } from './src/pcm/index.ts';
import { documentKinds } from './src/pcm/documents/document-kinds.ts';
import { readPcmFeed } from './src/rest/formats/pcm-feed.ts';
const feed = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>LTM_fan.json</title>' +
  '<updated>${new Date(START).toISOString()}</updated><category term="fan"/>' +
  '<link type="application/vnd.ibm.powervm.pcm.json" href="/rest/api/pcm/LTM_fan.json"/></entry></feed>';
const [entry] = await readPcmFeed(feed, 'feed');
const fan = { systemUtil: { utilSample: { timeStamp: '${new Date(START).toISOString()}', status: 0, fan: { rpm: 7000 } } } };
const documents = [parseHypervisorDocument(readFileSync(0, 'utf8')), documentKinds[entry.category].parse(JSON.stringify(fan))];
const { samples } = assemble(emptyAssembly('system'), documents.map((document) => ({ listedAt: ${START}, document })));
console.log(entry.category, samples[0].fanRotations);`,
    phyp(START),
  );
  expect(output).toBe('fan 7000\n');
});

test('the verb of the example runs, and is in the help', () => {
  const main = path.join(copy, 'src/cli/main.ts');
  const call = (verb: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', main, verb], { cwd: copy, encoding: 'utf8' }).stdout;
  expect(call('units').split('\n')).toContain('{cpu}');
  expect(call('--help')).toContain('the units of the catalog');
});
