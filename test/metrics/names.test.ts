import { describe, expect, test } from 'vitest';
import { listMetrics } from '../../src/metrics/index.ts';

/**
 * The naming rules of OpenTelemetry's semantic conventions ("Naming", "Metric semantic conventions"). The metrics of the
 * receiver about itself that have the collector's names are exempt.
 */
const metrics = listMetrics().filter(({ name }) => !name.startsWith('otelcol_'));
const attributes = [...new Set(metrics.flatMap((metric) => metric.attributes))];

/** All namespaces of a name: `a.b` and `a` of `a.b.c`. */
const namespacesOf = (name: string) =>
  name
    .split('.')
    .map((_, index, parts) => parts.slice(0, index).join('.'))
    .slice(1);

describe.each([
  ['metrics', metrics.map(({ name }) => name)],
  ['attributes', attributes],
])('names of %s', (_kind, names) => {
  test('are lower case, words with underscores, namespaces with dots', () => {
    expect(names.filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+$/.test(name))).toEqual(
      [],
    );
    expect(names.filter((name) => name.length > 255)).toEqual([]);
  });

  test('are no namespaces of others', () => {
    const namespaces = new Set(names.flatMap(namespacesOf));
    expect(names.filter((name) => namespaces.has(name))).toEqual([]);
  });

  test('do not use the reserved namespace', () => {
    expect(names.filter((name) => name.startsWith('otel.'))).toEqual([]);
  });
});

describe('names of metrics', () => {
  test('do not repeat their unit or kind', () => {
    const suffix = /[._](total|bytes|seconds|percent|celsius|watts|counter|gauge)$/;
    expect(metrics.map(({ name }) => name).filter((name) => suffix.test(name))).toEqual([]);
  });

  test('say utilization for a part of a limit, with unit 1', () => {
    const named = metrics.filter(({ name }) => /utilization$/.test(name));
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter(({ unit, kind }) => unit !== '1' || kind !== 'gauge')).toEqual([]);
  });

  test('say count for what is counted up and down', () => {
    const counts = metrics.filter(({ name, kind }) => /\.count$/.test(name) && kind === 'updowncounter');
    expect(counts.map(({ name }) => name)).toEqual([
      'powervm.lpar.cpu.virtual_processor.count',
      'powervm.system.lpar.count',
    ]);
    // An annotation in braces says what one of them is, in the singular.
    for (const { unit } of counts) expect(unit).toMatch(/^\{[a-z]*[^s]\}$/);
  });

  test('units are UCUM', () => {
    const known = new Set(['1', 's', 'By', 'W', 'Cel', 'bit/s']);
    expect(
      metrics.map(({ unit }) => unit).filter((unit) => !known.has(unit) && !/^\{[a-z]+\}(\/s)?$/.test(unit)),
    ).toEqual([]);
  });
});
