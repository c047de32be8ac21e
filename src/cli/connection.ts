import type { Command } from 'commander';
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

/** The options by which a verb reaches a console, or the consoles of a configuration. */
export interface ConnectionArguments {
  readonly endpoint?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly insecureSkipVerify?: boolean;
  readonly config?: string;
  /** Id of a receiver in the configuration. */
  readonly receiver?: string;
}

/** What to read, and what to end afterwards. */
export interface Connection {
  readonly receiver: PowerVmReceiverOptions;
  readonly close: () => Promise<void>;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the console: https://host[:port]; without a port 443 and then 12443 are tried')
    .option('--username <name>', 'user of the console; without it the file authentication of NovaLink is used')
    .option('--password-file <file>', 'file with the password; otherwise OTEL_POWERVM_PASSWORD gives it')
    .option('--ca-file <file>', 'certificate authority or self-signed certificate of the console, PEM')
    .option('--insecure-skip-verify', 'accept any certificate: whoever sits in between reads the password')
    .option('--config <file>', 'instead of all these: the consoles of a configuration file')
    .option('--receiver <id>', 'which receiver of the configuration: powervm/NAME');
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
