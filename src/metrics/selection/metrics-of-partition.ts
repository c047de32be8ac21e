import type { PartitionActivity } from '../../inspector/activity.ts';
import type { MetricDefinition } from '../definition.ts';
import type { MetricView } from './selection.ts';

/** The metrics that a partition has: a VIOS has its own beside those of all. */
export function metricsOfPartition(
  partition: PartitionActivity,
  { catalog }: MetricView,
): readonly MetricDefinition<PartitionActivity>[] {
  return partition.vios ? [...catalog.lpar, ...catalog.vios] : catalog.lpar;
}
