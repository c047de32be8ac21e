import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { MeterDefinition } from '../meters/meter-definition.ts';
import { type Reading, readMeter } from '../meters/meter-readings.ts';
import { factMetrics, type PartitionFacts, partitionFacts } from '../samples/partition-information.ts';
import {
  CLOCK_SET_BACK_MS,
  type ClosedInterval,
  DeviceSumSeries,
  type IntervalSeries,
  intervalStart,
  SimpleSeries,
} from './interval-series.ts';
import { type EntityKind, type PartitionPoints, pointsByPartition, systemTimes } from './partition-points.ts';

/** What a meter of a partition comes to. */
export interface MeterValue {
  readonly partition: PartitionFacts;
  readonly meter: MeterDefinition;
  /** Location of the interface, name of the device; empty for the instance itself. */
  readonly subject: string;
  readonly volume: number;
  /** Milliseconds since 1970: of the last sample in the interval, and where the interval begins. */
  readonly time: number;
  readonly since: number;
}

interface PartitionSeries {
  facts: PartitionFacts;
  readonly series: Map<MeterDefinition, Map<string, IntervalSeries>>;
}

interface SystemSeries {
  newest: number;
  /** Until when intervals of silent series were closed. */
  closedUntil: number;
  readonly partitions: Map<string, PartitionSeries>;
}

/**
 * How much later than its interval the last document of it may come: those from inside the guests are taken every two
 * minutes. A series that stopped is closed after that, by the time of the system's other samples.
 */
const ALLOWED_LATENESS_MS = 150_000;
/** Least interval of sums over devices: each VIOS has brought a document by then. */
const MIN_SUM_INTERVAL = 60_000;
/** What brought nothing for so long is forgotten. */
const FORGET_AFTER = CLOCK_SET_BACK_MS;

/**
 * Makes of every batch what its meters come to when their intervals are over. Works by the time of the samples alone:
 * back-filled samples count for the interval they were taken in. Keeps one aggregate for each series, not the samples.
 */
export class IntervalAggregation {
  readonly #meters: ReadonlyMap<EntityKind, readonly MeterDefinition[]>;
  readonly #kinds: ReadonlySet<EntityKind>;
  readonly #metrics: ReadonlySet<string>;
  readonly #interval: number;
  /** By UUID of the managed system: its samples have one clock. */
  readonly #systems = new Map<string, SystemSeries>();
  /** Answers of {@link openSince}, which is asked more often than it changes. */
  readonly #openSince = new Map<string | undefined, number | undefined>();

  /** @param interval milliseconds; 0 for every sample by itself */
  constructor(meters: readonly MeterDefinition[], interval: number) {
    this.#kinds = new Set(meters.map(({ entity }) => entity ?? 'instance'));
    this.#meters = new Map(
      [...this.#kinds].map((kind) => [kind, meters.filter(({ entity = 'instance' }) => entity === kind)]),
    );
    this.#metrics = new Set([
      ...meters.flatMap(({ metric, orMetric }) => (orMetric === undefined ? [metric] : [metric, orMetric])),
      ...factMetrics,
    ]);
    this.#interval = interval;
  }

  add(batch: readonly ResourceMetrics[]): readonly MeterValue[] {
    this.#openSince.clear();
    const values: MeterValue[] = [];
    const touched = new Set<SystemSeries>();
    for (const points of pointsByPartition(batch, this.#kinds, this.#metrics)) {
      const system = this.#systemOf(points.identity.systemId ?? '');
      touched.add(system);
      this.#addPartition(points, system, values);
    }
    // A frame whose last partition has gone still ends the interval that it was there in.
    for (const [id, time] of systemTimes(batch)) {
      const system = this.#systems.get(id);
      if (!system) continue;
      advance(system, time);
      touched.add(system);
    }
    for (const system of touched) this.#closePassed(system, values);
    return values;
  }

  /** Ends every interval, as far as it has come. */
  flush(): readonly MeterValue[] {
    this.#openSince.clear();
    const values: MeterValue[] = [];
    for (const system of this.#systems.values()) closeAll(system, Number.POSITIVE_INFINITY, values);
    return values;
  }

  /**
   * Time of the oldest sample of a system, or of any, that was added and not yet reported: the start of its interval.
   * Samples from then on have to be added again after a crash.
   */
  openSince(systemId?: string): number | undefined {
    if (!this.#openSince.has(systemId)) this.#openSince.set(systemId, this.#findOpenSince(systemId));
    return this.#openSince.get(systemId);
  }

  #findOpenSince(systemId: string | undefined): number | undefined {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [id, { partitions }] of this.#systems) {
      if (systemId !== undefined && id !== systemId) continue;
      for (const series of seriesOf(partitions)) oldest = Math.min(oldest, series.openSince ?? oldest);
    }
    return Number.isFinite(oldest) ? oldest : undefined;
  }

  #systemOf(id: string): SystemSeries {
    let system = this.#systems.get(id);
    if (!system) {
      system = { newest: Number.NEGATIVE_INFINITY, closedUntil: Number.NEGATIVE_INFINITY, partitions: new Map() };
      this.#systems.set(id, system);
    }
    return system;
  }

  #addPartition(points: PartitionPoints, system: SystemSeries, values: MeterValue[]): void {
    const known = system.partitions.get(points.identity.id);
    const partition = known ?? { facts: partitionFacts(points, undefined), series: new Map() };
    if (known) known.facts = partitionFacts(points, known.facts);
    else system.partitions.set(points.identity.id, partition);
    for (const meter of this.#meters.get(points.identity.kind) ?? []) {
      if (meter.isSumOfDevices && points.silent.length > 0) this.#recordSilent(partition, meter, points);
      for (const { subject, part, readings } of readMeter(meter, points)) {
        const series = this.#seriesOf(partition, meter, subject);
        for (const reading of readings) {
          advance(system, reading.time);
          const closed = series.add(reading, part);
          if (closed) addValue(closed, partition.facts, meter, subject, values);
        }
      }
    }
  }

  #recordSilent(partition: PartitionSeries, meter: MeterDefinition, { silent }: PartitionPoints): void {
    const series = this.#seriesOf(partition, meter, '');
    if (!(series instanceof DeviceSumSeries)) return;
    for (const { time, vioses } of silent) series.recordSilent(time, vioses);
  }

  #seriesOf({ series }: PartitionSeries, meter: MeterDefinition, subject: string): IntervalSeries {
    let bySubject = series.get(meter);
    if (!bySubject) {
      bySubject = new Map();
      series.set(meter, bySubject);
    }
    let found = bySubject.get(subject);
    if (!found) {
      found = meter.isSumOfDevices
        ? new DeviceSumSeries(Math.max(this.#interval, MIN_SUM_INTERVAL), meter)
        : new SimpleSeries(this.#interval, meter);
      bySubject.set(subject, found);
    }
    return found;
  }

  /** Closes silent series. Looks at all series of the system only when time has gone on by a step. */
  #closePassed(system: SystemSeries, values: MeterValue[]): void {
    const step = Math.min(this.#interval || MIN_SUM_INTERVAL, MIN_SUM_INTERVAL);
    const until = intervalStart(system.newest - ALLOWED_LATENESS_MS, step);
    if (until <= system.closedUntil) return;
    system.closedUntil = until;
    closeAll(system, until, values);
    forget(system);
  }
}

function advance(system: SystemSeries, time: number): void {
  const isSetBack = time <= system.newest - CLOCK_SET_BACK_MS;
  if (isSetBack) system.closedUntil = Number.NEGATIVE_INFINITY;
  system.newest = isSetBack ? time : Math.max(system.newest, time);
}

function closeAll({ partitions }: SystemSeries, until: number, values: MeterValue[]): void {
  for (const { facts, series } of partitions.values()) {
    for (const [meter, bySubject] of series) {
      for (const [subject, found] of bySubject) {
        for (const closed of found.closeUntil(until)) addValue(closed, facts, meter, subject, values);
      }
    }
  }
}

function forget({ newest, partitions }: SystemSeries): void {
  for (const [id, { series }] of partitions) {
    for (const [meter, bySubject] of series) {
      for (const [subject, found] of bySubject) {
        if (found.newest < newest - FORGET_AFTER) bySubject.delete(subject);
      }
      if (bySubject.size === 0) series.delete(meter);
    }
    if (series.size === 0) partitions.delete(id);
  }
}

function* seriesOf(partitions: ReadonlyMap<string, PartitionSeries>): Iterable<IntervalSeries> {
  for (const { series } of partitions.values()) for (const bySubject of series.values()) yield* bySubject.values();
}

function addValue(
  { start, reading, before }: ClosedInterval,
  partition: PartitionFacts,
  meter: MeterDefinition,
  subject: string,
  values: MeterValue[],
): void {
  const volume = volumeOf(meter, reading, before);
  if (volume !== undefined) values.push({ partition, meter, subject, volume, time: reading.time, since: start });
}

/** `undefined` when it needs a reading before and there is none, or when counters restarted since. */
function volumeOf(meter: MeterDefinition, reading: Reading, before: Reading | undefined): number | undefined {
  const { derive, countsFromReset, convert = (value: number) => value } = meter;
  if (derive === 'value') return convert(reading.value);
  if (!before) return undefined;
  if (countsFromReset && reading.value < before.value) return convert(reading.value);
  if (reading.value < before.value || reading.startTime > before.time) return undefined;
  const growth = reading.value - before.value;
  return convert(derive === 'delta' ? growth : growth / ((reading.time - before.time) / 1000));
}
