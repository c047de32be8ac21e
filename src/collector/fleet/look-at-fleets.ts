import type { FleetReport } from '../../fleet/index.ts';
import type { CollectorConfig } from '../config/load-config.ts';
import { createExtensions } from '../create-components.ts';
import { EtcdExtension } from './etcd-extension.ts';

export type { FleetReport };

/**
 * The fleets of a configuration, by id of the extension, as they are at this moment.
 * @throws {PowerVmError} when etcd does not answer
 */
export async function lookAtFleets(config: CollectorConfig): Promise<ReadonlyMap<string, FleetReport>> {
  const reports = new Map<string, FleetReport>();
  for (const [id, extension] of createExtensions(config, {})) {
    if (!(extension instanceof EtcdExtension)) continue;
    const fleet = await extension.open();
    try {
      reports.set(id, await fleet.look());
    } finally {
      await extension.shutdown();
    }
  }
  return reports;
}
