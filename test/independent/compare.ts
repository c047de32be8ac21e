import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import type { Expected } from './expected.ts';
import type { Attributes, ExpectedPoint } from './point.ts';

/** Every point that is missing, wrong or too much, in words. */
export function differencesBetween(expected: Expected, received: readonly ReceivedPoint[]): string[] {
  const differences: string[] = [];
  const wanted = new Map<string, ExpectedPoint>();
  for (const point of expected.points) {
    const key = keyOf(point.owner, point.metric, point.time, point.attributes);
    if (wanted.has(key) && !point.isOptional) differences.push(`expected twice: ${key}`);
    wanted.set(key, point);
  }
  const arrived = new Set<string>();
  for (const point of received.filter(isOfAFrame)) {
    const key = keyOf(ownerOf(point), point.metric, timeOf(point), point.attributes as Attributes);
    const want = wanted.get(key);
    if (!want) differences.push(`not to be exported: ${key} = ${point.value}`);
    // What is reported again, because a late document has completed its instant, must be the same.
    else if (!isSame(point.value, want.value)) differences.push(`${key}: ${point.value} instead of ${want.value}`);
    arrived.add(key);
  }
  for (const [key, { value, isOptional }] of wanted) {
    if (!arrived.has(key) && !isOptional) differences.push(`missing: ${key} = ${value}`);
  }
  return differences;
}

/** How many different points the documents want, and how many of them have arrived with their values. */
export function countArrived(
  expected: readonly ExpectedPoint[],
  received: readonly ReceivedPoint[],
): { readonly wanted: number; readonly arrived: number } {
  const values = new Map(
    received
      .filter(isOfAFrame)
      .map((point) => [
        keyOf(ownerOf(point), point.metric, timeOf(point), point.attributes as Attributes),
        point.value,
      ]),
  );
  const wanted = new Set<string>();
  const arrived = new Set<string>();
  for (const { owner, metric, time, attributes, value, isOptional } of expected) {
    const key = keyOf(owner, metric, time, attributes);
    const found = values.get(key);
    if (found !== undefined || !isOptional) wanted.add(key);
    if (found !== undefined && isSame(found, value)) arrived.add(key);
  }
  return { wanted: wanted.size, arrived: arrived.size };
}

/** Integers to the last digit that a double holds, fractions to the last but a few. */
function isSame(received: number | bigint, wanted: number): boolean {
  const value = Number(received);
  return value === wanted || Math.abs(value - wanted) <= 1e-12 * Math.max(Math.abs(value), Math.abs(wanted));
}

/** Points whose Resource says something else than the documents. */
export function wrongResources(expected: Expected, received: readonly ReceivedPoint[]): string[] {
  const wrong = new Set<string>();
  for (const point of received.filter(isOfAFrame)) {
    const want = expected.resourceOf(ownerOf(point), timeOf(point));
    // A document of a VIOS, a guest or the energy feed has a time of its own.
    if (!want) continue;
    const { site, ...resource } = point.resource;
    if (site !== 'ams' || textOf(resource as Attributes) !== textOf(want)) {
      wrong.add(`${textOf(point.resource as Attributes)} instead of ${textOf(want)}`);
    }
  }
  return [...wrong];
}

/** What `otel-powervm metrics` lists of a metric. */
export interface ListedMetric {
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
  readonly attributes: readonly string[];
}

/** Points that are of another kind or unit than the list of metrics says, or have an attribute that it does not name. */
export function wrongShapes(listed: readonly ListedMetric[], received: readonly ReceivedPoint[]): string[] {
  const metrics = new Map(listed.map((metric) => [metric.name, metric]));
  const wrong = new Set<string>();
  for (const { metric, kind, monotonic, temporality, unit, attributes } of received) {
    const want = metrics.get(metric);
    const shape =
      kind === 'sum'
        ? `${temporality} ${monotonic ? 'counter' : 'updowncounter'}`
        : kind === 'gauge'
          ? kind
          : `${temporality} ${kind}`;
    const expected = want?.kind === 'gauge' ? 'gauge' : `cumulative ${want?.kind}`;
    if (shape !== expected || unit !== want?.unit) wrong.add(`${metric}: ${shape} in ${unit}`);
    for (const name of Object.keys(attributes)) {
      if (!want?.attributes.includes(name)) wrong.add(`${metric}: ${name}`);
    }
  }
  return [...wrong];
}

/** Counters whose start time does not tell when they began: it may only move on, and must where the counter falls. */
export function wrongStarts(received: readonly ReceivedPoint[]): string[] {
  const wrong: string[] = [];
  const series = new Map<string, ReceivedPoint>();
  const ordered = received.filter(isOfAFrame).filter(({ monotonic }) => monotonic === true);
  for (const point of ordered.sort((left, right) => Number(left.timeUnixNano - right.timeUnixNano))) {
    const frame = String(point.resource['powervm.system.id'] ?? '');
    const key = `${frame} ${keyOf(ownerOf(point), point.metric, 0, point.attributes as Attributes)}`;
    const before = series.get(key);
    series.set(key, point);
    if (!before || before.timeUnixNano === point.timeUnixNano) continue;
    const hasDecreased = point.value < before.value;
    const isMoved = point.startTimeUnixNano > before.startTimeUnixNano;
    if (point.startTimeUnixNano < before.startTimeUnixNano) wrong.push(`${key} began before it had begun`);
    if (hasDecreased && !(isMoved && point.startTimeUnixNano > before.timeUnixNano))
      wrong.push(`${key} fell and went on`);
  }
  return wrong;
}

/** Not what the receiver says of itself. */
function isOfAFrame({ resource }: ReceivedPoint): boolean {
  return resource['service.name'] === undefined;
}

function ownerOf({ resource }: ReceivedPoint): string {
  return String(resource['powervm.lpar.id'] ?? resource['powervm.ssp.id'] ?? resource['powervm.system.id']);
}

function timeOf({ timeUnixNano }: ReceivedPoint): number {
  return Number(timeUnixNano / 1_000_000n);
}

function keyOf(owner: string, metric: string, time: number, attributes: Attributes): string {
  return `${new Date(time).toISOString()} ${owner} ${metric} ${textOf(attributes)}`;
}

function textOf(attributes: Attributes): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1))),
  );
}
