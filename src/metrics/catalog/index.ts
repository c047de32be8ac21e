import type { PartitionActivity, StoragePoolActivity, SystemActivity } from '../../inspector/activity.ts';
import type { MetricDefinition } from '../definition.ts';
import type { SelfStatistics } from '../self-statistics.ts';
import { cloudMetrics } from './cloud.ts';
import { conditionMetrics } from './conditions.ts';
import { fleetMetrics } from './fleet.ts';
import { partitionMetrics } from './partition.ts';
import { receiverMetrics } from './receiver.ts';
import { storagePoolMetrics } from './storage-pool.ts';
import { systemMetrics } from './system.ts';
import { viosMetrics } from './vios.ts';

/** The catalog by entity. */
export interface MetricCatalog {
  readonly system: readonly MetricDefinition<SystemActivity>[];
  /** LPARs and VIOSes. */
  readonly lpar: readonly MetricDefinition<PartitionActivity>[];
  readonly vios: readonly MetricDefinition<PartitionActivity>[];
  readonly ssp: readonly MetricDefinition<StoragePoolActivity>[];
  readonly receiver: readonly MetricDefinition<SelfStatistics>[];
}

/** Every metric that the product knows. */
export const metricCatalog: MetricCatalog = {
  system: systemMetrics,
  lpar: partitionMetrics,
  vios: viosMetrics,
  ssp: storagePoolMetrics,
  receiver: [...receiverMetrics, ...cloudMetrics, ...conditionMetrics, ...fleetMetrics],
};

/** A metric without its selector: for lists and documentation. */
export type MetricInformation = Omit<MetricDefinition, 'select'>;

/** The catalog as data: every metric with its unit, description and source field. */
export function listMetrics(catalog: MetricCatalog = metricCatalog): readonly MetricInformation[] {
  return [...catalog.lpar, ...catalog.system, ...catalog.vios, ...catalog.ssp, ...catalog.receiver];
}
