import { expect } from 'vitest';
import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import type { StoredSeries } from './peers/prometheus.ts';
import { type DeliveryResult, recordResult } from './results.ts';

/**
 * The names that OTLP's standard translation gives a metric at Prometheus, written down here once more so that the
 * comparison does not rest on the code under test.
 */
function prometheusName(
  { metric, unit, kind, monotonic }: ReceivedPoint,
  { sumsAreGauges = false, withoutUnits = false }: Naming,
): string {
  const base = metric.replaceAll(/[^a-zA-Z0-9:]+/g, '_');
  const suffix =
    unit === '1' ? (kind === 'gauge' || (sumsAreGauges && !monotonic) ? 'ratio' : '') : (UNITS[unit] ?? '');
  const withUnit = withoutUnits || suffix === '' || base.endsWith(`_${suffix}`) ? base : `${base}_${suffix}`;
  if (monotonic) return `${withUnit.replace(/_total$/, '')}_total`;
  // OpenMetrics keeps that ending for the samples of histograms.
  return withoutUnits ? withUnit.replace(/_count$/, 's') : withUnit;
}

const UNITS: Readonly<Record<string, string>> = {
  By: 'bytes',
  s: 'seconds',
  W: 'watts',
  Cel: 'celsius',
  'bit/s': 'bit_per_second',
  '{page}/s': 'per_second',
};

/** In what receivers differ. */
export interface Naming {
  /** A sum that may fall is named as a gauge: `_ratio` behind it when its unit is 1. */
  readonly sumsAreGauges?: boolean;
  /** As on the page of the `prometheus` exporter. */
  readonly withoutUnits?: boolean;
}

/** What must be found of the points: names and labels as the receiver writes them, by time. */
export function expectedPoints(
  points: readonly ReceivedPoint[],
  promoted: (name: string) => boolean,
  naming: Naming = {},
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const point of points) {
    // The product's own metrics: the newest is enough, an outage loses those before it.
    if (point.resource['service.name'] !== undefined) continue;
    const isAll = naming.withoutUnits && /^powervm\.(lpar|ssp|system)\.info$/.test(point.metric);
    const resource = Object.entries(point.resource).filter(([name]) => isAll || promoted(name));
    const labels = Object.fromEntries(
      [...resource, ...Object.entries(point.attributes)].map(([name, value]) => [labelName(name), String(value)]),
    );
    found.set(
      keyOf(prometheusName(point, naming), labels, Number(point.timeUnixNano / 1_000_000n)),
      Number(point.value),
    );
  }
  return found;
}

/** The same of what is found; labels that the receiver adds by itself are left out. */
export function foundPoints(
  series: readonly StoredSeries[],
  added: readonly string[] = [],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { labels, samples } of series) {
    const { __name__: name = '', ...others } = labels;
    const own = Object.fromEntries(Object.entries(others).filter(([label]) => !added.includes(label)));
    for (const [time, value] of samples) found.set(keyOf(name, own, time), value);
  }
  return found;
}

/**
 * Expects a receiver to have what it was sent, and keeps how much of it for the table at the end.
 * @param tolerance the part of a value that the receiver may lose of it; every digit is to be found when it is not given
 */
export async function expectAllStored(
  result: Pick<DeliveryResult, 'receiver' | 'version' | 'protocol' | 'outage'>,
  expected: ReadonlyMap<string, number>,
  found: ReadonlyMap<string, number>,
  tolerance = 0,
): Promise<void> {
  const { differences, same } = compareStored(expected, found, tolerance);
  await recordResult({ ...result, sent: expected.size, found: same });
  expect(expected.size).toBeGreaterThan(10_000);
  expect(differences.slice(0, 10)).toEqual([]);
}

/** What is missing, too much or different, one of each metric, in words; and how many points are the same. */
export function compareStored(
  expected: ReadonlyMap<string, number>,
  found: ReadonlyMap<string, number>,
  tolerance: number,
): { readonly differences: readonly string[]; readonly same: number } {
  const missing = [...expected].filter(([key]) => !found.has(key)).map(([key]) => `missing: ${key}`);
  const wrong = [...found].flatMap(([key, value]) => {
    const want = expected.get(key);
    if (want === undefined) return [`not to be found: ${key}`];
    return isSame(value, want, tolerance) ? [] : [`${key}: ${value} instead of ${want}`];
  });
  const same = [...expected].filter(([key, value]) => isSame(found.get(key), value, tolerance)).length;
  const oneOfEach = new Map([...missing, ...wrong].map((text) => [text.replace(/ \d{4}-.*Z (\w+)\{.*$/, ' $1'), text]));
  return { differences: [...oneOfEach.values()], same };
}

function isSame(value: number | undefined, want: number, tolerance: number): boolean {
  return value !== undefined && (value === want || Math.abs(value - want) <= tolerance * Math.abs(want));
}

function labelName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

function keyOf(name: string, labels: Readonly<Record<string, string>>, time: number): string {
  const text = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .sort()
    .join(',');
  return `${new Date(time).toISOString()} ${name}{${text}}`;
}
