import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import { type Identify, identifyPartition, identifyStoragePool, identifySystem } from '../attributes/flat-identity.ts';
import type { MetricDefinition } from '../definition.ts';
import { metricsOfPartition } from './metrics-of-partition.ts';
import type { MetricView } from './selection.ts';

/** Called for every entity: its metrics, and how its points are identified without a Resource. */
export type EntityVisitor = <Entity>(
  definitions: readonly MetricDefinition<Entity>[],
  entity: Entity,
  identify: Identify,
) => void;

/**
 * Everything in `frames` that has metrics, with the metrics that the view selects: the one selection of instruments,
 * producer and page.
 * @param ask returns the values of a partition; by default those of the activity
 */
export function visitEntities(
  frames: readonly FrameActivity[],
  view: MetricView,
  visit: EntityVisitor,
  ask: (partition: PartitionActivity) => PartitionActivity = (partition) => partition,
): void {
  view.budget?.admit(frames);
  const { catalog } = view;
  for (const frame of frames) {
    visit(catalog.system, frame.system, identifySystem(frame, view));
    for (const listed of frame.partitions) {
      const partition = ask(listed);
      visit(metricsOfPartition(partition, view), partition, identifyPartition(partition, frame, view));
    }
    for (const pool of frame.storagePools) visit(catalog.ssp, pool, identifyStoragePool(pool, view));
  }
}
