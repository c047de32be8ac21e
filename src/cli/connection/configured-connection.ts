import { PowerVmError } from '../../base/errors/errors.ts';
import {
  type CollectorConfig,
  type ConfigurationFiles,
  loadConfig,
  openConsole,
  partitionPredicate,
  type ReceiverConfig,
  systemPredicate,
} from '../../collector/index.ts';
import type { Connection } from './connection.ts';

/** The consoles of a receiver of a configuration that is in files. */
export async function openFiles(
  files: ConfigurationFiles,
  receiver: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Connection> {
  return openConfigured(loadConfig(files, environment), receiver);
}

/** The consoles of a receiver of a configuration. */
export async function openConfigured(
  configuration: CollectorConfig,
  receiver: string | undefined,
): Promise<Connection> {
  const config = chooseReceiver(configuration, receiver);
  const consoles = await Promise.all(config.consoles.map((console) => openConsole(console)));
  return {
    receiver: {
      consoles: consoles.map((console) => console.options),
      systems: systemPredicate(config.systems),
      partitions: partitionPredicate(config.partitions),
      pcm: config.pcm,
    },
    configuration,
    close: async () => {
      await Promise.all(consoles.map(({ simulator }) => simulator?.stop()));
    },
  };
}

function chooseReceiver({ receivers }: CollectorConfig, id: string | undefined): ReceiverConfig {
  const ids = Object.keys(receivers);
  const chosen = id ?? (ids.length === 1 ? ids[0] : undefined);
  const config = chosen === undefined ? undefined : receivers[chosen];
  if (config) return config;
  throw new PowerVmError(
    'POWERVM_USAGE',
    chosen === undefined
      ? `the configuration has several receivers: choose one with --receiver (${ids.join(', ')})`
      : `the configuration has no receiver ${chosen} (it has ${ids.join(', ')})`,
  );
}
