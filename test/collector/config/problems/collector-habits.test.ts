import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { queueLimitsOf } from '../../../../src/collector/components/exporters/delivery-options.ts';
import { InvalidConfiguration, loadConfig, parseConfig } from '../../../../src/collector/index.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.lines;
    throw error;
  }
}

const file = ({ exporter = '{}', more = '', pipeline = '', telemetry = '' }) => `
receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters: { otlp_http: ${exporter} }
${more}
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http] ${pipeline} } } ${telemetry} }`;
const parsed = (text: string) => parseConfig(text, 'f.yaml', { environment: {}, readFile: () => '' });

describe('what people know from the Collector', () => {
  test.each([
    ['processors: { batch: {} }', /processors\.batch: .*max_request_bytes/],
    ['processors: { memory_limiter: { check_interval: 1s } }', /memory_limiter: .*sending_queue\.max_bytes/],
    ['processors: { filter/x: {} }', /processors\.filter\/x: .*partitions\.include/],
    ['processors: { transform: {} }', /processors\.transform: .*attributes_from/],
    ['processors: { cumulativetodelta: }', /cumulativetodelta: .*temporality: delta/],
    ['processors: { tail_sampling: {} }', /tail_sampling: .*there are no processors/],
    ['extensions: { zpages: {} }', /extensions\.zpages: .*status_page/],
  ])('%s is answered with where that is here', (more, reply) => {
    const [problem, ...others] = problemsOf(() => parsed(file({ more })));
    expect(problem).toMatch(reply);
    expect(problem).toMatch(/^f\.yaml:4:\d+ /);
    expect(others).toEqual([]);
  });

  test('processors of a pipeline are answered as well, and an empty list is none', () => {
    const [problem] = problemsOf(() => parsed(file({ pipeline: ', processors: [batch]' })));
    expect(problem).toMatch(/f\.yaml:5:\d+ {2}service\.pipelines\.metrics\.processors\[0\]: .*max_request_bytes/);
    expect(problemsOf(() => parsed(file({ pipeline: ', processors: []', more: 'processors:' })))).toEqual([]);
  });

  test.each([
    [
      file({ telemetry: ', telemetry: { metrics: { level: detailed } }' }),
      /telemetry\.metrics: .*exporters\.prometheus/,
    ],
    [file({ exporter: '{ sending_queue: { enabled: false } }' }), /sending_queue\.enabled: .*always a queue/],
    [file({ exporter: '{ insecure_skip_verify: true }' }), /insecure_skip_verify: .*belongs under tls/],
  ])('a key of the Collector is answered: %#', (text, reply) => {
    expect(problemsOf(() => parsed(text)).join('\n')).toMatch(reply);
  });

  test('sizer says what queue_size counts', () => {
    const limits = (queue: object) => queueLimitsOf({ sending_queue: queue });
    expect(limits({ queue_size: 7 })).toEqual({ batches: 7, points: 1_000_000, bytes: 268_435_456 });
    expect(limits({ queue_size: 7, sizer: 'items' })).toEqual({ batches: 1_000, points: 7, bytes: 268_435_456 });
    expect(limits({ queue_size: 7, sizer: 'bytes' })).toEqual({ batches: 1_000, points: 1_000_000, bytes: 7 });
  });
});

describe('several files and settings', () => {
  async function files(...texts: readonly string[]): Promise<readonly string[]> {
    const directory = await temporaryDirectory();
    return texts.map((text, index) => {
      const name = path.join(directory, `${index}.yaml`);
      writeFileSync(name, text);
      return name;
    });
  }

  test('a later file adds to those before it and replaces what both have; a setting has the last word', async () => {
    const all = await files(
      file({ exporter: '{ endpoint: "http://a:4318", timeout: 5s }' }),
      'exporters: { otlp_http: { endpoint: "http://b:4318" }, debug: {} }\nservice: { pipelines: { metrics: { exporters: [debug] } } }',
    );
    const config = loadConfig(
      {
        files: all,
        settings: [
          'service.telemetry.logs.level=debug',
          'receivers::powervm::metrics::powervm.lpar.cpu.time::enabled=false',
          'receivers.powervm.attributes={ site: "${env:SITE}" }',
        ],
      },
      { SITE: 'ams' },
    );
    expect(config.exporters).toMatchObject({ otlp_http: { endpoint: 'http://b:4318', timeout: '5s' }, debug: {} });
    expect(config.service.pipelines.metrics).toEqual({ receivers: ['powervm'], exporters: ['debug'] });
    expect(config.service.telemetry.logs.level).toBe('debug');
    expect(config.receivers.powervm).toMatchObject({
      metrics: { 'powervm.lpar.cpu.time': { enabled: false } },
      attributes: { site: 'ams' },
    });
  });

  test('a problem is placed in the file that it comes from, and in the setting', async () => {
    const all = await files(file({}), '\n\nexporters: { otlp_http: { timeout: soon } }');
    const lines = problemsOf(() => loadConfig({ files: all, settings: ['service.shutdown_timeout=never'] }, {}));
    expect(lines).toEqual([
      expect.stringMatching(
        /^--set service\.shutdown_timeout:\d+:\d+ {2}service\.shutdown_timeout: must be a duration/,
      ),
      expect.stringMatching(/1\.yaml:3:27 {2}exporters\.otlp_http\.timeout: must be a duration/),
    ]);
    expect(problemsOf(() => loadConfig({ files: [...all].reverse() }, {}))).toHaveLength(1);
  });

  test.each(['level', '=x', 'a..b=c', 'a.b=[1'])('the setting %s is a mistake of the command line', async (setting) => {
    const all = await files(file({}));
    expect(() => loadConfig({ files: all, settings: [setting] }, {})).toThrow(
      expect.objectContaining({ code: 'POWERVM_USAGE' }),
    );
  });
});
