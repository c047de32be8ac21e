import { describe, expect, test } from 'vitest';
import { InvalidConfiguration, parseConfig } from '../../src/collector/index.ts';

const read = (text: string) => parseConfig(text, 'test.yaml', { environment: {}, readFile: () => '' });

const console = "consoles: [{ endpoint: 'https://hmc1.example.com', username: u, password: p }]";

/** A file that is valid but for what is in it. */
function file({ receiver = '', exporter = 'debug: {}', extension = '', service = '' }): string {
  return `
receivers: { powervm: { ${console}, ${receiver} } }
exporters: { ${exporter} }
extensions: { ${extension} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } }, ${service} }`;
}

/** What is wrong with a file, in words; nothing when it is valid. Any other error fails the test. */
function problemsOf(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.lines;
    throw error;
  }
}

/** Names that every object has, or that change what an object is. */
const inherited = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__proto__',
  '__defineGetter__',
  'prototype',
];

describe.each(inherited)('the name %s', (name) => {
  test.each([
    ['an exporter', file({ exporter: `debug: {}, ${name}: {}` })],
    ['an exporter with a name of its own', file({ exporter: `debug: {}, ${name}/x: {}` })],
    ['an extension', file({ extension: `${name}: {}` })],
    ['a key of a receiver', file({ receiver: `${name}: {}` })],
    ['a metric', file({ receiver: `metrics: { ${name}: { enabled: true } }` })],
    ['a key of the service', file({ service: `${name}: {}` })],
    ['a receiver', file({}).replace('receivers: {', `receivers: { ${name}: {},`)],
    ['a section', `${file({})}\n${name}: {}`],
    [
      'a pipeline',
      file({}).replace('pipelines: {', `pipelines: { ${name}: { receivers: [powervm], exporters: [debug] },`),
    ],
    ['what a pipeline names', file({}).replace('exporters: [debug]', `exporters: [debug, '${name}']`)],
  ])('as %s is a configuration error', (_where, text) => {
    expect(problemsOf(text).join('\n')).toMatch(/test\.yaml:\d+:\d+/);
  });
});

describe('a file that exceeds the limits', () => {
  const many = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join('\n');

  test.each([
    ['many keys in one map', many(100_000, (index) => `k${index}: 1`)],
    [
      'many anchors and aliases',
      `a0: &a0 1\n${many(20_000, (index) => `b${index}: &b${index} 1\nc${index}: *b${index}`)}`,
    ],
    ['many receivers', `receivers:\n${many(50_000, (index) => `  powervm/r${index}: {}`)}`],
    [
      'aliases of aliases',
      `a: &a [x, x]\n${many(20, (index) => `b${index}: &b${index} [*${index ? `b${index - 1}` : 'a'}, *${index ? `b${index - 1}` : 'a'}]`)}`,
    ],
    ['more than a megabyte of text', `# ${'x'.repeat(1_100_000)}`],
  ])('%s: is rejected', (_what, text) => {
    expect(problemsOf(text)[0]).toMatch(/is longer than|has more than|is too large/);
  });

  test('a duplicate key is reported with its position', () => {
    expect(problemsOf('receivers: {}\nexporters: {}\nreceivers: {}')[0]).toMatch(/^test\.yaml:3:1 .*receivers.*twice/);
  });
});

describe('settings that cannot work together', () => {
  test.each([
    ['collection_interval: 0s', { receiver: 'collection_interval: 0s' }],
    ['collection_interval: 1ms', { receiver: 'collection_interval: 1ms' }],
    ['collection_interval: 100000h', { receiver: 'collection_interval: 100000h' }],
    [
      'a duration beyond what a timer can wait',
      { exporter: 'debug: {}, ceilometer: { publishers: ["file:///tmp/x"], interval: 700h }' },
    ],
    ['no consumers', { exporter: 'debug: { sending_queue: { num_consumers: 0 } }' }],
    ['a time-out of nothing', { exporter: 'debug: {}, otlp_http: { endpoint: "http://localhost:4318", timeout: 0s }' }],
    ['a million partitions', { receiver: 'consoles: [{ simulator: { lpars: 1000000000 } }]' }],
  ])('%s is reported with its position', (_what, parts) => {
    const text = file(parts).replace(`${console}, consoles`, 'consoles');
    expect(problemsOf(text).join('\n')).toMatch(/test\.yaml:\d+:\d+ .*must be|at most|too big|at least/i);
  });
});
