import type { ReceivedPoint } from './otlp-sink/index.ts';

/** One series as a backend sees it: its points, the oldest first, each once. */
interface Stream {
  readonly name: string;
  readonly points: ReceivedPoint[];
}

/** Whose a point is, without what a Resource says beside the identity. */
function entityOf({ resource }: ReceivedPoint): string {
  return [resource['powervm.system.id'], resource['powervm.lpar.id'] ?? resource['powervm.ssp.id']]
    .filter((id) => id !== undefined)
    .join(' ');
}

function seriesOf(point: ReceivedPoint): string {
  const attributes = Object.entries(point.attributes).sort(([left], [right]) => (left < right ? -1 : 1));
  return `${entityOf(point)} ${point.metric} ${JSON.stringify(attributes)}`;
}

function streamsOf(points: readonly ReceivedPoint[]): readonly Stream[] {
  const streams = new Map<string, Map<string, ReceivedPoint>>();
  for (const point of points) {
    // A storage pool is reported by one of several systems, which may change.
    if (entityOf(point) === '' || point.metric.startsWith('powervm.ssp.')) continue;
    const name = seriesOf(point);
    const stream = streams.get(name) ?? new Map<string, ReceivedPoint>();
    streams.set(name, stream);
    stream.set(`${point.startTimeUnixNano} ${point.timeUnixNano}`, point);
  }
  return [...streams].map(([name, stream]) => ({
    name,
    points: [...stream.values()].sort((left, right) => Number(left.timeUnixNano - right.timeUnixNano)),
  }));
}

/**
 * Everything that is wrong with the start times of cumulative points, in words: a series continues with its start, or
 * with one that lies behind its last point. Streams never overlap.
 */
export function overlappingStreams(points: readonly ReceivedPoint[]): readonly string[] {
  const sums = points.filter(({ kind, temporality }) => kind === 'sum' && temporality === 'cumulative');
  return streamsOf(sums).flatMap(({ name, points: stream }) =>
    stream.flatMap((point, index) => {
      const before = stream[index - 1];
      if (!before || point.startTimeUnixNano === before.startTimeUnixNano) return [];
      if (point.startTimeUnixNano > before.timeUnixNano) return [];
      return [`${name}: ${span(before)}, then ${span(point)}`];
    }),
  );
}

/** Entities that have more than one Resource. */
export function changedResources(points: readonly ReceivedPoint[]): readonly string[] {
  const resources = new Map<string, Set<string>>();
  for (const point of points) {
    const entity = entityOf(point);
    if (entity === '') continue;
    const text = JSON.stringify(Object.entries(point.resource).sort(([left], [right]) => (left < right ? -1 : 1)));
    resources.set(entity, (resources.get(entity) ?? new Set()).add(text));
  }
  return [...resources].flatMap(([entity, texts]) =>
    texts.size > 1 ? [`${entity}: ${[...texts].join(' and ')}`] : [],
  );
}

/**
 * Compares the deltas of a run with the cumulative points of the same run: of each series and each unbroken part of it the
 * deltas must add up to the difference of the counter, and no two of them may overlap.
 */
export function lostIncreases(
  cumulative: readonly ReceivedPoint[],
  delta: readonly ReceivedPoint[],
  { wasKilled = false }: { readonly wasKilled?: boolean } = {},
): { readonly compared: number; readonly problems: readonly string[] } {
  const monotonic = (point: ReceivedPoint) => point.kind === 'sum' && point.monotonic === true;
  const deltas = new Map(streamsOf(delta.filter(monotonic)).map(({ name, points }) => [name, points]));
  const problems: string[] = [];
  let compared = 0;
  for (const { name, points } of streamsOf(cumulative.filter(monotonic))) {
    const all = deltas.get(name) ?? [];
    const increments = wasKilled ? withoutRepetitions(all) : all;
    for (const [index, point] of increments.entries()) {
      const before = increments[index - 1];
      if (before && point.startTimeUnixNano < before.timeUnixNano) {
        problems.push(`${name}: the deltas ${span(before)} and ${span(point)} overlap`);
      }
    }
    // One of the two may have got the last instant and the other not yet.
    const end = lastCommonTime(points, increments);
    let grown = 0;
    for (const [index, point] of points.entries()) {
      const before = points[index - 1];
      if (!before || point.timeUnixNano > end || point.startTimeUnixNano > before.timeUnixNano) continue;
      grown += Number(point.value) - Number(before.value);
    }
    const reported = increments
      .filter(({ timeUnixNano }) => timeUnixNano <= end)
      .reduce((sum, { value }) => sum + Number(value), 0);
    compared += 1;
    if (Math.abs(reported - grown) > 1e-9 * Math.max(1, ...points.map(({ value }) => Number(value)))) {
      problems.push(`${name} has grown by ${grown}, its deltas add up to ${reported}`);
    }
  }
  return { compared, problems };
}

/**
 * What was delivered when the collector was killed, and not written down yet, comes again: as it was or, where PCM has lost
 * the instant since, as a part of a longer delta with the same start. The longest counts.
 */
function withoutRepetitions(increments: readonly ReceivedPoint[]): readonly ReceivedPoint[] {
  return increments.filter((point, index) => increments[index + 1]?.startTimeUnixNano !== point.startTimeUnixNano);
}

function lastCommonTime(points: readonly ReceivedPoint[], increments: readonly ReceivedPoint[]): bigint {
  const times = new Set(points.map(({ timeUnixNano }) => timeUnixNano));
  const newest = points.at(-1)?.timeUnixNano ?? 0n;
  // Without any delta everything is compared: it has all been lost.
  const common = increments.filter(({ timeUnixNano }) => times.has(timeUnixNano)).at(-1)?.timeUnixNano ?? newest;
  const isLate = newest - common <= 60_000_000_000n;
  return isLate ? common : newest;
}

function span({ startTimeUnixNano, timeUnixNano }: ReceivedPoint): string {
  return [startTimeUnixNano, timeUnixNano]
    .map((nano) => new Date(Number(nano / 1_000_000n)).toISOString())
    .join(' to ');
}
