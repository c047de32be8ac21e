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
  readonly components?: Readonly<Record<string, ComponentStatus>>;
}

/** By id of the receiver. */
export type StatisticsByReceiver = ReadonlyMap<string, SelfStatistics>;

/**
 * The status of every component that tells something of itself: a receiver is well while one of its consoles answers, an
 * exporter while its queue has room. Both may become well again by themselves.
 */
function componentStatuses(statistics: StatisticsByReceiver): Readonly<Record<string, ComponentStatus>> {
  const components: Record<string, ComponentStatus> = {};
  for (const [id, { receiver, exporters = [] }] of statistics) {
    const down = receiver.consoles.filter(({ up }) => up === false).map(({ address }) => address);
    const isWell = down.length < Math.max(1, receiver.consoles.length);
    const trouble = down.length === 0 ? undefined : `no answer from ${down.join(', ')}`;
    components[`receiver:${id}`] = isWell ? ok(trouble) : recoverable(trouble ?? 'no console answers');
    for (const { name, queueSize, queueCapacity } of exporters) {
      const isFull = queueCapacity > 0 && queueSize >= queueCapacity;
      components[`exporter:${name}`] = isFull
        ? recoverable('its queue is full: the destination does not take it')
        : ok();
    }
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
  const bad = Object.entries(components).find(([, { status }]) => status !== 'StatusOK');
  if (!bad) return { healthy: true, status: 'StatusOK', components };
  const [name, { status, error }] = bad;
  return { healthy: true, status, error: `${name}: ${error}`, components };
}

function ok(remark?: string): ComponentStatus {
  return { healthy: true, status: 'StatusOK', ...(remark === undefined ? {} : { error: remark }) };
}

/** Healthy in the collector's sense: nothing is gained by restarting the process. */
function recoverable(error: string): ComponentStatus {
  return { healthy: true, status: 'StatusRecoverableError', error };
}
