import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import type { StoredSeries } from './peers/prometheus.ts';

/**
 * The names that OTLP's standard translation gives a metric at Prometheus, written down here once more so that the
 * comparison does not rest on the code under test.
 */
export function prometheusName({ metric, unit, kind, monotonic }: ReceivedPoint): string {
  const base = metric.replaceAll(/[^a-zA-Z0-9:]+/g, '_');
  const suffix = unit === '1' ? (kind === 'gauge' ? 'ratio' : '') : (UNITS[unit] ?? '');
  const withUnit = suffix === '' || base.endsWith(`_${suffix}`) ? base : `${base}_${suffix}`;
  return monotonic ? `${withUnit.replace(/_total$/, '')}_total` : withUnit;
}

const UNITS: Readonly<Record<string, string>> = {
  By: 'bytes',
  s: 'seconds',
  W: 'watts',
  Cel: 'celsius',
  'bit/s': 'bits_per_second',
  '{page}/s': 'per_second',
};

export interface StoredPoint {
  readonly key: string;
  readonly value: number;
}

/** What must be found of the points: names and labels as the receiver writes them, by time. */
export function expectedPoints(
  points: readonly ReceivedPoint[],
  promoted: (name: string) => boolean,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const point of points) {
    const resource = Object.entries(point.resource).filter(([name]) => promoted(name));
    const labels = Object.fromEntries(
      [...resource, ...Object.entries(point.attributes)].map(([name, value]) => [labelName(name), String(value)]),
    );
    found.set(keyOf(prometheusName(point), labels, Number(point.timeUnixNano / 1_000_000n)), Number(point.value));
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

/** What is missing, too much or different, in words. */
export function differences(expected: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): string[] {
  const missing = [...expected].filter(([key]) => !found.has(key)).map(([key]) => `missing: ${key}`);
  const wrong = [...found].flatMap(([key, value]) => {
    const want = expected.get(key);
    if (want === undefined) return [`not to be found: ${key}`];
    return want === value || Math.abs(value - want) <= 1e-12 * Math.abs(want)
      ? []
      : [`${key}: ${value} instead of ${want}`];
  });
  return [...missing, ...wrong];
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
