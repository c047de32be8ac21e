import { describe, expect, test } from 'vitest';
import type { Logger } from '../../src/base/logger.ts';
import { attributesFromNames } from '../../src/collector/attributes-from-names.ts';
import { Collector, InvalidConfiguration, parseConfig } from '../../src/collector/index.ts';
import { metricView, PowerVmMetricProducer, resourceMetricsOf } from '../../src/metrics/index.ts';
import { pointsOf } from '../helpers/points.ts';
import { readSimulator } from '../helpers/reading.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const load = (receiver: string) =>
  parseConfig(
    `
receivers:
  powervm:
    consoles: [{ endpoint: 'https://hmc', username: u, password: p }]
${receiver}
exporters: { debug: }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  ).receivers.powervm;

function problemsOf(receiver: string): readonly string[] {
  try {
    load(receiver);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.lines;
    throw error;
  }
}

describe('attributes from names', () => {
  const read = (expressions: readonly string[], name: string) =>
    attributesFromNames({ system_name: [], lpar_name: [...expressions] })?.ofPartition(name);

  test('are the named groups of all matching expressions, the first one wins', () => {
    const expressions = ['^(?<environment>[a-z]+)-(?<application>[a-z]+)', '(?<application>[a-z]+)(?<index>\\d+)$'];
    expect(read(expressions, 'prod-billing07')).toEqual({ environment: 'prod', application: 'billing', index: '07' });
    expect(read(expressions, 'DB2')).toEqual({});
    expect(read(['^(?<a>x)?(?<b>y)'], 'y')).toEqual({ b: 'y' });
    expect(read(['^(?<deployment__environment__name>[a-z]+)-'], 'prod-1')).toEqual({
      'deployment.environment.name': 'prod',
    });
  });

  test('take linear time for hostile names', () => {
    expect(read(['^(?<a>(x+)+)y$'], `${'x'.repeat(20_000)}`)).toEqual({});
  });

  test.each([
    [`    attributes: { a.b: x, a_b: y }`, /attributes\.a_b: is the same label at Prometheus \(a_b\) as a\.b/],
    [`    attributes: { 1x: y }`, /attributes\.1x: must not begin with a digit/],
    [`    attributes: { '': y }`, /must have a letter or digit/],
    [`    attributes: { __name__: y }`, /must not begin with two underscores/],
    [`    attributes: { job: y }`, /is a label that Prometheus sets itself/],
    [`    attributes: { powervm.lpar.id: y }`, /is an attribute of ours/],
    [`    attributes: { cpu_mode: y }`, /as cpu\.mode of ours is/],
    [
      `    attributes: { a.b: x }\n    attributes_from: { lpar_name: '^(?<a_b>x)' }`,
      /lpar_name\[0\]: is the same label/,
    ],
  ])('that make invalid or duplicate Prometheus labels are rejected: %s', (receiver, problem) => {
    expect(problemsOf(receiver)).toEqual([expect.stringMatching(problem)]);
  });

  test('a site may set its service name, and one attribute from two sources', () => {
    const receiver = `    attributes: { service.name: power, site: ams }\n    attributes_from: { lpar_name: ['^(?<site>x)', '(?<site>y)$'] }`;
    expect(problemsOf(receiver)).toEqual([]);
  });

  test('may be one expression or a list, and must name a group', () => {
    const config = load(`    attributes_from: { lpar_name: '^(?<env>[a-z]+)-', system_name: ['(?<site>..)$'] }`);
    expect(config?.attributes_from).toEqual({ lpar_name: ['^(?<env>[a-z]+)-'], system_name: ['(?<site>..)$'] });
    expect(attributesFromNames(load('')?.attributes_from ?? { system_name: [], lpar_name: [] })).toBeUndefined();
    expect(problemsOf(`    attributes_from: { lpar_name: ['^prod', '('], lpar: x }`)).toEqual([
      expect.stringMatching(/^test\.yaml:5:\d+ {2}receivers\.powervm\.attributes_from\.lpar_name\[0\]: names no group/),
      expect.stringMatching(/lpar_name\[1\]: is not a regular expression/),
      expect.stringMatching(/attributes_from\.lpar: unknown key \(allowed: system_name, lpar_name\)/),
    ]);
  });

  test('are set on the Resources of the system and its partitions, below identifying attributes', async () => {
    const { receiver } = await readSimulator({ lpars: 4 });
    const [frame] = receiver.frames();
    const names = attributesFromNames({
      system_name: ['(?<frame>\\w+)$', '(?<tier>.)'],
      lpar_name: ['^(?<environment>[a-z]+)', '^(?<powervm__lpar__id>.)', '(?<tier>..)'],
    });
    const view = metricView({ attributes: { site: 'ams', tier: 'none' }, attributesFromNames: names });
    const resources = resourceMetricsOf(receiver.frames(), view).map(({ resource }) => resource.attributes);
    const system = resources.find(
      (attributes) => !('powervm.lpar.id' in attributes) && 'powervm.system.id' in attributes,
    );
    const systemName = frame?.system.description.name ?? '';
    expect(system).toMatchObject({ frame: /\w+$/.exec(systemName)?.[0], tier: systemName[0], site: 'ams' });
    expect(system).not.toHaveProperty('environment');
    for (const { id, name } of frame?.partitions ?? []) {
      expect(resources.find((attributes) => attributes['powervm.lpar.id'] === id)).toMatchObject({
        'powervm.lpar.name': name,
        environment: /^[a-z]+/.exec(name)?.[0],
        frame: system?.frame,
        tier: name.slice(0, 2),
      });
    }
  });

  test('are set on points where the SDK drops the Resource', async () => {
    const { receiver } = await readSimulator({ lpars: 4 });
    const names = attributesFromNames({ system_name: [], lpar_name: ['^(?<environment>[a-z]+)'] });
    const producer = new PowerVmMetricProducer(receiver, { samples: 'latest', attributesFromNames: names });
    const { resourceMetrics } = await producer.collect();
    const points = pointsOf([resourceMetrics]).filter(({ name }) => name === 'powervm.lpar.cpu.consumed');
    expect(points.length).toBe(6);
    for (const { attributes } of points) {
      expect(attributes.environment).toBe(/^[a-z]+/.exec(String(attributes['powervm.lpar.name']))?.[0]);
    }
  });
});

describe('max_series', () => {
  test('must be a whole number', () => {
    expect(load('    max_series: 5000')?.max_series).toBe(5000);
    expect(problemsOf('    max_series: many')).toEqual([expect.stringMatching(/max_series: is a string, must be/)]);
  });

  test('leaves out optional metrics, warns once and counts the points', async () => {
    const time = await simulatedTime({ lpars: 3 });
    const warnings: [Readonly<Record<string, unknown>>, string][] = [];
    const silent = () => undefined;
    const logger: Logger = {
      debug: silent,
      info: silent,
      warn: (fields, message) => warnings.push([fields, message]),
      error: silent,
    };
    const { url, username, password } = time.simulator;
    const config = parseConfig(
      `
receivers:
  powervm:
    consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }]
    metrics: { powervm.lpar.cpu.weight: { enabled: true } }
    max_series: 1
exporters: { debug: { verbosity: detailed } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] }, metrics/2: { receivers: [powervm], exporters: [debug] } } }`,
      'test.yaml',
      { environment: {}, readFile: () => '' },
    );
    const printed: string[] = [];
    const collector = await Collector.create(config, {
      clock: time.clock,
      logger,
      print: (text) => printed.push(text),
    });
    await collector.start();
    await time.settle();
    await time.pass(60_000);
    const frames = collector.receivers.get('powervm')?.frames() ?? [];
    await collector.stop();
    const text = printed.join('\n');
    expect(text).toContain('powervm.lpar.cpu.consumed');
    expect(text).not.toContain('powervm.lpar.cpu.weight');
    const about = warnings.filter(([, message]) => message.includes('max_series'));
    expect(about).toEqual([
      [
        expect.objectContaining({ receiver: 'powervm', dropped: ['powervm.lpar.cpu.weight'], max_series: 1 }),
        expect.stringContaining('exceeded'),
      ],
    ]);
    const weighted = frames
      .flatMap(({ partitions }) => partitions)
      .filter(({ processor }) => processor.weight !== undefined);
    // Four instants, each point once although two pipelines ask for it.
    expect(weighted.length).toBeGreaterThan(2);
    expect([...collector.statistics().values()][0]?.points?.erroredPoints).toBe(4 * weighted.length);
  });
});
