import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { ExportError } from '../base/errors.ts';
import { MEMORY_UNIT, type MeterDefinition, type MeterSet, type MeterSubject, meters } from './meters.ts';
import { type MetricPoint, type PartitionPoints, pointsByPartition } from './partition-points.ts';
import { type CeilometerSample, createSample, type ResourceMetadata } from './sample.ts';

export interface SampleBuilderOptions {
  /** Which meters: those of the present compute agent, or the older ones as well. Default `now`. */
  readonly meterSet?: MeterSet;
  /** Label of memory meters: `MiB` since Ceilometer 26. The number is the same. Default `MB`. */
  readonly memoryUnit?: 'MB' | 'MiB';
  /** Default `openstack`, as `[DEFAULT] sample_source` of Ceilometer. */
  readonly source?: string;
}

/** The samples of a batch, and the step that makes them the ones before the next. */
export interface BuiltSamples {
  readonly samples: readonly CeilometerSample[];
  /** Samples that would have harmed a receiver, and why. */
  readonly refused: readonly ExportError[];
  /** Rates and deltas of the next batch are counted from this one. Call it when the batch was published. */
  commit(): void;
}

/** A point of a subject, summed up, and where its meter goes on from. */
interface Reading {
  readonly value: number;
  readonly time: number;
  readonly startTime: number;
}

/** Series that brought nothing for so long are forgotten: sample time, milliseconds. */
const FORGET_AFTER = 3_600_000;

/** Turns batches of metrics into Ceilometer samples. Remembers the last reading of each series, for rates and deltas. */
export class SampleBuilder {
  readonly #meters: readonly MeterDefinition[];
  readonly #memoryUnit: string;
  readonly #source: string;
  #previous: ReadonlyMap<string, Reading> = new Map();

  constructor(options: SampleBuilderOptions = {}) {
    const sets: readonly MeterSet[] = options.meterSet === 'classic' ? ['now', 'classic'] : ['now'];
    this.#meters = meters.filter(({ set }) => sets.includes(set));
    this.#memoryUnit = options.memoryUnit ?? MEMORY_UNIT;
    this.#source = options.source ?? 'openstack';
  }

  build(batch: readonly ResourceMetrics[]): BuiltSamples {
    const samples: CeilometerSample[] = [];
    const refused: ExportError[] = [];
    const readings = new Map(this.#previous);
    for (const partition of pointsByPartition(batch)) {
      for (const meter of this.#meters) {
        for (const { reading, point } of sumBySubject(meter, partition)) {
          const volume = derived(meter, reading, `${partition.id} ${meter.name} ${subjectKey(meter, point)}`, readings);
          if (volume === undefined) continue;
          try {
            samples.push(this.#sample(meter, partition, point, volume, reading.time));
          } catch (error) {
            if (!(error instanceof ExportError)) throw error;
            refused.push(error);
          }
        }
      }
    }
    return {
      samples,
      refused,
      commit: () => {
        const newest = Math.max(...[...readings.values()].map(({ time }) => time), 0);
        this.#previous = new Map([...readings].filter(([, { time }]) => time > newest - FORGET_AFTER));
      },
    };
  }

  #sample(
    meter: MeterDefinition,
    partition: PartitionPoints,
    point: MetricPoint,
    volume: number,
    time: number,
  ): CeilometerSample {
    return createSample({
      name: meter.name,
      type: meter.type,
      unit: meter.unit === MEMORY_UNIT ? this.#memoryUnit : meter.unit,
      volume,
      // Without Nova there is no owner, and none is invented.
      user_id: null,
      project_id: null,
      resource_id: resourceId(meter.subject, partition, point),
      time,
      resource_metadata: metadata(meter, partition, point),
      source: this.#source,
    });
  }
}

/** Adds up the points of each subject and time, oldest first. */
function sumBySubject(
  meter: MeterDefinition,
  partition: PartitionPoints,
): readonly { readonly reading: Reading; readonly point: MetricPoint }[] {
  const sums = new Map<string, { reading: Reading; point: MetricPoint }>();
  for (const point of partition.metrics.get(meter.metric) ?? []) {
    if (meter.matches && !meter.matches(point.attributes)) continue;
    const value = meter.volumeOf ? meter.volumeOf(point.attributes, point.value) : point.value;
    if (value === undefined) continue;
    const key = `${point.time} ${subjectKey(meter, point)}`;
    const sum = sums.get(key);
    const reading = {
      value: (sum?.reading.value ?? 0) + value,
      time: point.time,
      startTime: Math.max(sum?.reading.startTime ?? point.startTime, point.startTime),
    };
    sums.set(key, { reading, point });
  }
  return [...sums.values()].sort((left, right) => left.reading.time - right.reading.time);
}

/** The volume of a reading; `undefined` when it needs one before and there is none, or counters began anew. */
function derived(
  meter: MeterDefinition,
  reading: Reading,
  series: string,
  readings: Map<string, Reading>,
): number | undefined {
  const convert = meter.convert ?? ((value: number) => value);
  if (meter.derive === 'value') return convert(reading.value);
  const before = readings.get(series);
  if (before && reading.time <= before.time) return undefined;
  readings.set(series, reading);
  const isReset = before !== undefined && (reading.value < before.value || reading.startTime > before.time);
  if (!before || isReset) return undefined;
  const growth = reading.value - before.value;
  return convert(meter.derive === 'delta' ? growth : growth / ((reading.time - before.time) / 1000));
}

function subjectKey({ subject }: MeterDefinition, point: MetricPoint): string {
  if (subject === 'instance') return '';
  return subject === 'interface' ? location(point) : deviceName(point);
}

/** Interfaces are named by their location; without Nova there is no instance name to go before the UUID. */
function resourceId(subject: MeterSubject, { id }: PartitionPoints, point: MetricPoint): string {
  if (subject === 'instance') return id;
  return `${id}-${subject === 'interface' ? location(point) : deviceName(point)}`;
}

function metadata(meter: MeterDefinition, partition: PartitionPoints, point: MetricPoint): ResourceMetadata {
  return {
    display_name: partition.name ?? partition.id,
    name: partition.name ?? partition.id,
    instance_id: partition.id,
    ...(partition.systemId === undefined ? {} : { host: partition.systemId }),
    ...(partition.systemName === undefined ? {} : { instance_host: partition.systemName }),
    ...(partition.operatingSystem === undefined ? {} : { os_type: partition.operatingSystem }),
    ...(meter.name === 'cpu' ? cpuNumber(partition) : {}),
    ...(meter.subject === 'disk' ? { disk_name: deviceName(point) } : {}),
    ...(meter.subject === 'interface' ? interfaceMetadata(partition, point) : {}),
  };
}

function cpuNumber({ metrics }: PartitionPoints): ResourceMetadata {
  const count = metrics.get('powervm.lpar.cpu.virtual_processor.count')?.at(-1)?.value;
  return count === undefined ? {} : { cpu_number: count };
}

/** `name` is that of the interface here, as in Ceilometer's own samples. */
function interfaceMetadata({ metrics }: PartitionPoints, point: MetricPoint): ResourceMetadata {
  const name = location(point);
  const link = metrics.get('powervm.lpar.adapter.link')?.find((candidate) => location(candidate) === name);
  const mac = link?.attributes['powervm.adapter.mac'];
  return {
    name,
    vnic_name: name,
    fref: null,
    parameters: null,
    ...(typeof mac === 'string' ? { mac } : {}),
  };
}

function location({ attributes }: MetricPoint): string {
  return String(attributes['powervm.adapter.location'] ?? '');
}

/** `vios1.vhost0`: two VIOSes that serve one partition both have a vhost0. */
function deviceName({ attributes }: MetricPoint): string {
  return `vios${attributes['powervm.vios.number']}.${attributes['powervm.adapter.id']}`;
}
