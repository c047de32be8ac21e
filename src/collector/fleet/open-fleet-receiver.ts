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
  { receivers, exporters }: CollectorConfig,
  extensions: ReadonlyMap<string, Extension>,
  logger: Logger,
): Promise<FleetReceiver | undefined> {
  const receiver = receivers[id];
  if (receiver?.fleet === undefined) return undefined;
  const extension = extensions.get(receiver.fleet.storage);
  const invalid = (message: string) => new ConfigurationError('POWERVM_CONFIG_INVALID', message);
  if (!(extension instanceof EtcdExtension)) throw invalid('storage must name an etcd extension of service.extensions');
  const delta = exporterIds.find((exporterId) => isDelta(exporters[exporterId]));
  if (delta !== undefined) {
    throw invalid(
      `exporters.${delta} sends deltas: they need the memory of what was delivered before, which a member that takes over has not. Use temporality cumulative with a fleet, or shards`,
    );
  }
  // Loaded with the first receiver that shares: no one else needs it.
  const { FleetReceiver } = await import('./fleet-receiver.ts');
  return FleetReceiver.open(id, receiver, extension, logger);
}

function isDelta(exporter: unknown): boolean {
  return (
    typeof exporter === 'object' && exporter !== null && 'temporality' in exporter && exporter.temporality === 'delta'
  );
}
