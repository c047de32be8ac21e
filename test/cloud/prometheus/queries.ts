/**
 * What OpenStack's services ask Prometheus, with their own settings' defaults. Read in the releases of OpenStack 2026.2 on
 * PyPI: python-watcher 17.0.0 (`watcher/decision_engine/datasources/prometheus_base.py`), aodh 23.0.0
 * (`aodh/evaluator/prometheus.py`) and cloudkitty 25.0.0 (`cloudkitty/collector/prometheus_base.py`,
 * `cloudkitty/fetcher/prometheus.py`). Watcher 15 and 16 and CloudKitty 23 and 24, of 2025.2 and 2026.1, ask the same; Aodh 21 has no
 * `scope_to_project`.
 */

/** Watcher's `period`, in seconds. */
export const PERIOD = 300;

/** Watcher: used processor time of an instance, in percent of its virtual processors. */
export function watcherProcessor(instance: string, vcpus: number, aggregate: 'avg' | 'max' | 'min' = 'avg'): string {
  const rate = `rate(ceilometer_cpu{resource='${instance}'}[${PERIOD}s])`;
  return `clamp_max((${aggregate} by (resource)(${rate})/10e+8) *(100/${vcpus}), 100)`;
}

/** Watcher: memory in use inside an instance. */
export function watcherMemory(instance: string, aggregate: 'avg' | 'max' | 'min' = 'avg'): string {
  return `${aggregate}_over_time(ceilometer_memory_usage{resource='${instance}'}[${PERIOD}s])`;
}

/** Aodh: the rule of an alarm as its author wrote it, and as it is asked with `scope_to_project`. */
export function aodhRule(group: string): string {
  return `avg(rate(ceilometer_cpu{server_group="${group}"}[${PERIOD}s]))`;
}

export function aodhScopedRule(group: string, project: string): string {
  return `avg(rate(ceilometer_cpu{server_group="${group}", project='${project}'}[${PERIOD}s]))`;
}

/** CloudKitty: which projects there are to rate (`scope_attribute = project`). */
export function cloudKittyScopes(metric: string): string {
  return `max(${metric}) by (project)`;
}

export interface CloudKittyMetric {
  readonly metric: string;
  readonly aggregation: 'max' | 'avg' | 'sum';
  readonly rangeFunction?: 'rate' | 'delta';
  /** `groupby` and `metadata` of metrics.yml. */
  readonly labels: readonly string[];
}

/** CloudKitty: a metric of metrics.yml for a project and a period (`scope_key = project`). */
export function cloudKittyMetric(
  { metric, aggregation, rangeFunction, labels }: CloudKittyMetric,
  project: string,
  seconds: number,
): string {
  const range = `${metric}{project="${project}"}[${seconds}s]`;
  const overTime = rangeFunction ? `${rangeFunction}(${range})` : `${aggregation}_over_time(${range})`;
  return `${aggregation}(${overTime}) by (${labels.join(', ')})`;
}
