import type { HistogramSnapshot } from '../base/histogram.ts';
import type { DiskActivity, NetworkAdapterActivity, Timed } from '../inspector/activity.ts';
import type { ProcessorTime } from '../inspector/partition/processor-time.ts';
import type { Counter } from '../pcm/model.ts';
import type { AttributeCache, PointAttributes } from './attributes/attribute-cache.ts';

/** What instrument a metric is. */
export type MetricKind = 'counter' | 'updowncounter' | 'gauge' | 'histogram';

/** Which entity a metric belongs to, and so on which OpenTelemetry Resource it stands. */
export type EntityType = 'system' | 'lpar' | 'vios' | 'ssp' | 'receiver';

/** The attributes of one adapter: of the adapter as such, and of each of its directions. */
export interface DirectedAttributes {
  readonly plain: PointAttributes;
  /** Received, or read. */
  readonly in: PointAttributes;
  /** Sent, or written. */
  readonly out: PointAttributes;
  /** With those that come late or change, for `powervm.lpar.adapter.link`. */
  readonly link: PointAttributes;
}

/** When a point was taken, and since when its counter runs. */
export type PointTime = Pick<Timed, 'time' | 'startTime' | 'fresh'>;

/**
 * Receives the points of one metric. A value that is `undefined` or not finite makes no point.
 * @param timed the group of values that the value belongs to: gives the point its time and start time
 * @param processorTime what the value is in full, where a double is too short for it
 */
export type Observe = (
  timed: PointTime,
  value: Counter | HistogramSnapshot | undefined,
  attributes?: PointAttributes,
  processorTime?: ProcessorTime,
) => void;

/** The adapters of one partition with their attributes. Replaced when the next partition is read. */
export interface PresentAdapters {
  networkOf?: object;
  network: readonly (readonly [NetworkAdapterActivity, DirectedAttributes])[];
  disksOf?: object;
  disks: readonly (readonly [DiskActivity, DirectedAttributes])[];
}

/** Choices of the user about what points look like. */
export interface SelectionContext {
  /** Whether trunk adapters of VIOSes are shown, which carry their clients' bytes a second time. */
  readonly trunkAdapters: boolean;
  /** Late or changing attributes that are set on the points as well. */
  readonly adapterAttributes: ReadonlySet<string>;
  /** Attributes that were made before. */
  readonly attributeCache: AttributeCache;
  /** Those of the partition whose metrics are being read, one after the other. */
  readonly present: PresentAdapters;
  /** Called for every point that could not be made; only that point is lost. Without it an error is thrown. */
  readonly onPointError: ((metric: string, reason: unknown) => void) | undefined;
}

/**
 * One metric, declared once: the instruments, the producer, the batches, `docs/metrics.md`, the configuration and
 * the dashboards' tests all read this. `select` only selects; formulas are in the inspector.
 */
export interface MetricDefinition<Entity = unknown> {
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  /** Names of the attributes that its points may have. */
  readonly attributes: readonly string[];
  readonly entity: EntityType;
  /** Whether it is exported unless the configuration says otherwise. */
  readonly default: boolean;
  /** Source field and formula in words, for `docs/metrics.md`. */
  readonly source: string;
  /** `int` for what is counted in whole numbers. */
  readonly valueType: 'int' | 'double';
  readonly select: (entity: Entity, observe: Observe, context: SelectionContext) => void;
}
