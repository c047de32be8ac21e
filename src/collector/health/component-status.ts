import type { Condition } from '../../base/condition.ts';
import type { SelfStatistics } from '../../metrics/index.ts';

/** The words of the OpenTelemetry Collector's component status. */
export type Status =
  | 'StatusStarting'
  | 'StatusOK'
  | 'StatusRecoverableError'
  | 'StatusPermanentError'
  | 'StatusStopping';

/** How one component, or everything below it, is. */
export interface ComponentStatus {
  readonly healthy: boolean;
  readonly status: Status;
  /** What is wrong, in words. */
  readonly error?: string;
  /** For how many seconds it has been wrong. */
  readonly seconds?: number;
  readonly components?: Readonly<Record<string, ComponentStatus>>;
}

/** By id of the receiver. */
export type StatisticsByReceiver = ReadonlyMap<string, SelfStatistics>;

/**
 * The status of every component that reports one. A receiver has a permanent error when a console refused
 * the logon, since it is not asked again until an operator acts; everything else may recover by itself.
 */
function componentStatuses(statistics: StatisticsByReceiver): Readonly<Record<string, ComponentStatus>> {
  const components: Record<string, ComponentStatus> = {};
  for (const [id, { receiver, exporters = [], extensions = [] }] of statistics) {
    components[`receiver:${id}`] = worstOf(
      [
        ...receiver.consoles.map(({ address, condition }) => ofCondition(condition, address)),
        ...receiver.systems.map((system) => ofCondition(system.condition, nameOf(system))),
        ...receiver.systems.map(ofSampleAge),
      ].filter((status) => status !== undefined),
    );
    for (const { name, condition, queueSize, queueCapacity } of exporters) {
      const isFull = queueCapacity > 0 && queueSize >= queueCapacity;
      const full = isFull ? [recoverable('its queue is full: the destination does not take it', 0)] : [];
      components[`exporter:${name}`] = worstOf([...full, ofCondition(condition) ?? OK]);
    }
    for (const { name, condition } of extensions) components[`extension:${name}`] = ofCondition(condition) ?? OK;
  }
  return components;
}

/** The worst of all decides. */
export function overallStatus(
  phase: 'starting' | 'running' | 'stopping',
  statistics: StatisticsByReceiver,
): ComponentStatus {
  const components = componentStatuses(statistics);
  if (phase === 'starting') return { healthy: false, status: 'StatusStarting', components };
  if (phase === 'stopping') return { healthy: false, status: 'StatusStopping', components };
  const named = Object.entries(components).map(([name, component]) =>
    component.error === undefined ? component : { ...component, error: `${name}: ${component.error}` },
  );
  return { ...worstOf(named), components };
}

const OK: ComponentStatus = { healthy: true, status: 'StatusOK' };

/** A permanent error before one that may pass, and what has been wrong for the longest time before what has just begun. */
function worstOf(statuses: readonly ComponentStatus[]): ComponentStatus {
  const bad = statuses.filter(({ status }) => status !== 'StatusOK');
  const rank = ({ status, seconds = 0 }: ComponentStatus) =>
    status === 'StatusPermanentError' ? Number.POSITIVE_INFINITY : seconds;
  return [...bad].sort((left, right) => rank(right) - rank(left) || 0)[0] ?? OK;
}

type System = SelfStatistics['receiver']['systems'][number];

const nameOf = ({ systemId, name }: System) => name ?? systemId;

/** A console may answer well, and have nothing new. */
function ofSampleAge(system: System): ComponentStatus | undefined {
  const { sampleAge, staleAfter } = system;
  if (sampleAge === undefined || sampleAge <= staleAfter) return undefined;
  const error = `the newest sample of ${nameOf(system)} is ${Math.round(sampleAge)} s old`;
  return recoverable(error, sampleAge - staleAfter);
}

/** @param subject what the reason is about, where it does not say so */
function ofCondition(condition: Condition | undefined, subject?: string): ComponentStatus | undefined {
  if (!condition) return undefined;
  const { state, seconds, reason, remedy } = condition;
  if (state === 'working') return OK;
  const words = [reason ?? 'does not work', remedy]
    .filter((word) => word !== undefined)
    .join('. ')
    .replace('.. ', '. ');
  const error = subject === undefined || words.includes(subject) ? words : `${subject}: ${words}`;
  return state === 'refused'
    ? { healthy: false, status: 'StatusPermanentError', error, seconds }
    : recoverable(error, seconds);
}

/** Healthy in the collector's sense: nothing is gained by restarting the process. */
function recoverable(error: string, seconds: number): ComponentStatus {
  return { healthy: true, status: 'StatusRecoverableError', error, seconds };
}
