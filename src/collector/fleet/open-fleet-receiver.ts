import { ConfigurationError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Extension } from '../components/extensions/extension-component.ts';
import type { CollectorConfig } from '../config/load-config.ts';
import { EtcdExtension } from './etcd-extension.ts';
import type { FleetReceiver } from './fleet-receiver.ts';

/**
 * What shares the consoles of a receiver, where it is to share them.
 * @param exporterIds those that it feeds
 * @throws {ConfigurationError} for what does not go with a fleet
 */
export async function openFleetReceiver(
  id: string,
  exporterIds: readonly string[],
  config: CollectorConfig,
  extensions: ReadonlyMap<string, Extension>,
  logger: Logger,
): Promise<FleetReceiver | undefined> {
  const { receivers, exporters } = config;
  const receiver = receivers[id];
  if (receiver?.fleet === undefined) return undefined;
  const extension = extensions.get(receiver.fleet.storage);
  const invalid = (message: string) => new ConfigurationError('POWERVM_CONFIG_INVALID', message);
  if (!(extension instanceof EtcdExtension)) throw invalid('storage must name an etcd extension of service.extensions');
  const mixed = exporterIds.find((exporterId) => isDelta(exporters[exporterId]) && !isFedByFleets(exporterId, config));
  if (mixed !== undefined) {
    throw invalid(
      `exporters.${mixed} sends deltas of this receiver and of one without a fleet: give each an exporter of its own`,
    );
  }
  // Loaded with the first receiver that shares: no one else needs it.
  const { FleetReceiver } = await import('./fleet-receiver.ts');
  return FleetReceiver.open(id, receiver, extension, logger);
}

/** What was delivered is kept with the systems where these go from one member to another, and by the process otherwise. */
function isFedByFleets(exporterId: string, { receivers, service }: CollectorConfig): boolean {
  return Object.values(service.pipelines)
    .filter((pipeline) => pipeline.exporters.includes(exporterId))
    .flatMap((pipeline) => pipeline.receivers)
    .every((id) => receivers[id]?.fleet !== undefined);
}

function isDelta(exporter: unknown): boolean {
  return (
    typeof exporter === 'object' && exporter !== null && 'temporality' in exporter && exporter.temporality === 'delta'
  );
}
