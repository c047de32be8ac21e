import type { Timed } from '../inspector/activity.ts';
import type { Counter } from '../pcm/model.ts';

export type MetricKind = 'counter' | 'updowncounter' | 'gauge' | 'histogram';

/** Which entity a metric belongs to, hence on which OpenTelemetry Resource it stands. */
export type EntityType = 'system' | 'lpar' | 'vios' | 'ssp' | 'receiver';

/** Attributes of a point. Never undefined values: the SDK hashes them alike. */
export type PointAttributes = Readonly<Record<string, string | number | boolean>>;

/**
 * Receives the points of one metric. A value that is `undefined` or not finite makes no point.
 * @param timed the group of values that the value belongs to: gives the point its time and start time
 */
export type Observe = (timed: Timed, value: Counter | undefined, attributes?: PointAttributes) => void;

/**
 * One metric, declared once: the instruments, the producer, the batches, `docs/metrics.md`, the configuration and
 * the dashboards' tests all read this. `select` only selects; formulas stand in the inspector.
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
  readonly select: (entity: Entity, observe: Observe) => void;
}
