import { PowerVmError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import {
  type CollectorConfig,
  loadConfig,
  openConsole,
  partitionPredicate,
  type ReceiverConfig,
  readPassword,
  systemPredicate,
} from '../collector/index.ts';
import type { PowerVmReceiverOptions } from '../receiver/index.ts';
import type { ConsoleOptions } from '../rest/index.ts';
import type { ConnectionArguments } from './connection-options.ts';

/** What to read, and what to end afterwards. */
export interface Connection {
  readonly receiver: PowerVmReceiverOptions & { readonly consoles: readonly ConsoleOptions[] };
  readonly close: () => Promise<void>;
}

/** @throws {PowerVmError} `POWERVM_USAGE`, `POWERVM_CONFIG_INVALID`, `POWERVM_CONFIG_UNREADABLE` */
export async function openConnection(
  options: ConnectionArguments,
  environment: NodeJS.ProcessEnv,
): Promise<Connection> {
  if (options.config === undefined) {
    return { receiver: { consoles: [consoleOptions(options, environment)] }, close: async () => undefined };
  }
  if (options.endpoint !== undefined) {
    throw new PowerVmError('POWERVM_USAGE', '--endpoint and --config exclude each other');
  }
  const config = chooseReceiver(loadConfig(options.config, environment), options.receiver);
  const consoles = await Promise.all(config.consoles.map((console) => openConsole(console)));
  return {
    receiver: {
      consoles: consoles.map((console) => console.options),
      systems: systemPredicate(config.systems),
      partitions: partitionPredicate(config.partitions),
      pcm: config.pcm,
    },
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

function consoleOptions(
  { endpoint, username, passwordFile, caFile, insecureSkipVerify }: ConnectionArguments,
  environment: NodeJS.ProcessEnv,
): ConsoleOptions {
  if (endpoint === undefined) throw new PowerVmError('POWERVM_USAGE', '--endpoint URL is missing');
  const tls = { ...(caFile === undefined ? {} : { caFile }), ...(insecureSkipVerify ? { insecureSkipVerify } : {}) };
  if (username === undefined) return { endpoint, tls };
  const password = passwordFile === undefined ? environment.OTEL_POWERVM_PASSWORD : readPassword(passwordFile);
  if (password === undefined || password === '') {
    throw new PowerVmError(
      'POWERVM_USAGE',
      `no password for ${username}: set OTEL_POWERVM_PASSWORD or pass --password-file FILE`,
    );
  }
  return { endpoint, username, password: new Secret(password), tls };
}
