import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PowerVmError } from '../../src/base/errors/errors.ts';
import { type ReplayArguments, replay } from '../../src/cli/replay.ts';
import { exitCodeOf } from '../../src/cli/terminal/exit-code.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { OtlpBatchExporter, OtlpFileExporter } from '../../src/otlp/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink, type OtlpSinkOptions, type ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import { readSimulator } from '../helpers/reading.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

async function startSink(options: OtlpSinkOptions = {}): Promise<OtlpSink> {
  const sink = await OtlpSink.start(options);
  afterThisTest(() => sink.stop());
  return sink;
}

/** A file of several lines, and what a destination gets of the same frame without one. */
async function written() {
  const { receiver } = await readSimulator();
  const resources = resourceMetricsOf(receiver.frames(), metricView());
  const file = path.join(await temporaryDirectory(), 'metrics.json');
  await new OtlpFileExporter({ path: file, maxLineBytes: 50_000 }).exportBatch(resources);
  const direct = await startSink();
  const exporter = new OtlpBatchExporter({ endpoint: direct.url });
  await exporter.exportBatch(resources);
  await exporter.shutdown();
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return { file, lines, direct: pointsOf(direct) };
}

function pointsOf({ requests }: OtlpSink): readonly ReceivedPoint[] {
  return requests.flatMap(({ points }) => points);
}

async function replayed(files: readonly string[], options: Partial<ReplayArguments> & { readonly to: string }) {
  const output: string[] = [];
  const said: string[] = [];
  const terminal = {
    environment: {},
    isInteractive: false,
    print: (text: string) => output.push(text),
    report: (text: string) => said.push(text),
  };
  const code = await replay(files, { fromLine: 1, ...options }, terminal).catch((error: unknown) => {
    if (!(error instanceof PowerVmError)) throw error;
    said.push(error.message);
    return exitCodeOf(error);
  });
  return { code, output, said: said.join('\n') };
}

test('exported file content arrives as if it had been sent directly', async () => {
  const { file, lines, direct } = await written();
  const sink = await startSink();
  const { code, output } = await replayed([file], { to: sink.url });
  expect(code).toBe(0);
  expect(output).toEqual([
    `${direct.length} points of ${lines.length} lines sent, 0 points refused, 0 lines unreadable`,
  ]);
  expect(lines.length).toBeGreaterThan(2);
  expect(sink.violations).toEqual([]);
  expect(pointsOf(sink)).toEqual(direct);
});

test('an unreadable line is skipped, named, and makes the command fail', async () => {
  const { file, lines, direct } = await written();
  await writeFile(file, ['{"resourceMetrics":', ...lines].join('\n'));
  const sink = await startSink();
  const { code, output, said } = await replayed([file], { to: sink.url });
  expect(code).toBe(1);
  expect(said).toMatch(new RegExp(`^${file}:1: .*JSON`));
  expect(output[0]).toContain('1 lines unreadable');
  expect(pointsOf(sink)).toEqual(direct);
});

test('stops when the destination is unavailable, and can resume at the line it names', async () => {
  const { file, lines, direct } = await written();
  let isAway = true;
  const sink = await startSink({ reply: (number) => (isAway && number > 2 ? { status: 503 } : undefined) });
  const config = path.join(path.dirname(file), 'config.yaml');
  await writeFile(
    config,
    `
receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters:
  otlp_http/central:
    endpoint: ${sink.url}
    timeout: 1s
    retry_on_failure: { enabled: false }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http/central] } } }`,
  );
  const to = 'otlp_http/central';
  const first = await replayed([file, 'later.json'], { to, config: [config] });
  expect(first.code).toBe(1);
  expect(first.said).toContain(`stopped before line 3 of ${file}; to go on: --from-line 3 with ${file} later.json`);
  isAway = false;
  expect(await replayed([file], { to, config: [config], fromLine: 3 })).toMatchObject({ code: 0 });
  expect(pointsOf(sink)).toEqual(direct);
  expect(lines.length).toBeGreaterThan(3);
});

test('reports unsupported destinations and unreadable files', async () => {
  const file = path.join(await temporaryDirectory(), 'config.yaml');
  await writeFile(
    file,
    `
receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters: { prometheus: {} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } } }`,
  );
  expect(await replayed(['x.json'], { to: 'prometheus', config: [file] })).toMatchObject({
    code: 2,
    said: expect.stringContaining('prometheus shows or sums up the present'),
  });
  expect(await replayed(['x.json'], { to: 'otlp_http', config: [file] })).toMatchObject({
    code: 2,
    said: expect.stringContaining('there is no exporter otlp_http (known: prometheus)'),
  });
  expect(await replayed(['x.json'], { to: 'central' })).toMatchObject({
    code: 2,
    said: expect.stringContaining('--config names the file'),
  });
  expect(await replayed(['/nowhere.json'], { to: 'http://127.0.0.1:9' })).toMatchObject({
    code: 2,
    said: expect.stringContaining('/nowhere.json: it is not there'),
  });
});
