import { PowerVmError } from '../base/errors.ts';
import { readPassword } from '../base/read-text-file.ts';
import { Secret } from '../base/secret.ts';
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
  // The collector and all that it can do is not loaded to look at one console.
  const { openConfigured } = await import('./configured-connection.ts');
  return openConfigured(options.config, options.receiver, environment);
}

function consoleOptions(
  { endpoint, username, passwordFile, ...tlsArguments }: ConnectionArguments,
  environment: NodeJS.ProcessEnv,
): ConsoleOptions {
  if (endpoint === undefined) throw new PowerVmError('POWERVM_USAGE', '--endpoint URL is missing');
  const tls = tlsOf(tlsArguments);
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

function tlsOf({
  caFile,
  fingerprint,
  serverName,
  minTls,
  insecureSkipVerify,
}: ConnectionArguments): NonNullable<ConsoleOptions['tls']> {
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(minTls === undefined ? {} : { minVersion: TLS_VERSIONS[minTls] }),
    ...(insecureSkipVerify ? { insecureSkipVerify } : {}),
  };
}

/** Node's words for them. */
const TLS_VERSIONS = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
