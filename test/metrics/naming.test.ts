import { expect, test } from 'vitest';
import { listMetrics } from '../../src/metrics/index.ts';

/** OpenTelemetry's rules for names and units (semantic conventions, "Naming" and "Metrics"). */

/** The names of the OpenTelemetry collector for what a receiver tells of itself are older than the rules. */
const metrics = listMetrics().filter(({ name }) => !name.startsWith('otelcol_'));
const attributes = [...new Set(metrics.flatMap((metric) => metric.attributes))];

test.each([...metrics.map(({ name }) => name), ...attributes])(
  '%s is lower case, in namespaces, without its unit',
  (name) => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*(?:\.[a-z][a-z0-9]*(?:_[a-z0-9]+)*)+$/);
    expect(name).not.toMatch(/[._](?:total|bytes|seconds|percent|ratio|mb|mib|hertz|celsius|watts)$/);
  },
);

test.each([
  ['metric', metrics.map(({ name }) => name)],
  ['attribute', attributes],
])('no name of a %s is also a namespace', (_what, names) => {
  const both = names.filter((name) => names.some((other) => other.startsWith(`${name}.`)));
  expect(both).toEqual([]);
});

test('no two metrics have one name', () => {
  const names = listMetrics().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.each(metrics)('$name has a unit of UCUM that fits its kind', ({ name, kind, unit }) => {
  expect(unit).toMatch(/^(?:1|By|s|W|Cel|bit\/s|\{[a-z_]+\}(?:\/s)?)$/);
  // Something is counted or used: a ratio is neither.
  if (kind === 'counter') expect(unit).not.toBe('1');
  if (name.endsWith('utilization')) expect([kind, unit]).toEqual(['gauge', '1']);
  if (/\.(?:io|memory\.(?:limit|usage))$/.test(name)) expect(unit).toBe('By');
  if (name.endsWith('.time')) expect([kind, unit]).toEqual(['counter', 's']);
});

test("own metrics use our namespace; conventional ones use the convention's names", () => {
  const ofConventions = new Set([
    'hw.host.power',
    'hw.host.ambient_temperature',
    'hw.temperature',
    'http.client.request.duration',
  ]);
  for (const { name } of metrics) if (!name.startsWith('powervm.')) expect(ofConventions).toContain(name);
});
