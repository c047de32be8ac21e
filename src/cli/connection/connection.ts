import { PowerVmError } from '../../base/errors/errors.ts';
import { readPassword } from '../../base/files/read-text-file.ts';
import { exposureOf } from '../../base/secret-file.ts';
import { Secret } from '../../base/secrets/secret.ts';
import type { CollectorConfig } from '../../collector/index.ts';
import type { PowerVmReceiverOptions } from '../../receiver/index.ts';
import { type ConsoleOptions, PowerVmConsole, withScheme } from '../../rest/index.ts';
import { configurationFiles } from '../configuration-files.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ConnectionArguments } from './connection-options.ts';

/** What to read, and what to end afterwards. */
export interface Connection {
  readonly receiver: PowerVmReceiverOptions & { readonly consoles: readonly ConsoleOptions[] };
  /** What the receiver stands in. Read once: a pipe can be read no second time. */
  readonly configuration: CollectorConfig | undefined;
  readonly close: () => Promise<void>;
}

/** @throws {PowerVmError} `POWERVM_USAGE`, `POWERVM_CONFIG_INVALID`, `POWERVM_CONFIG_UNREADABLE` */
export async function openConnection(options: ConnectionArguments, terminal: Terminal): Promise<Connection> {
  if (options.password !== undefined) {
    throw new PowerVmError(
      'POWERVM_USAGE',
      'others can read a password on the command line: type it when asked for it, or use OTEL_POWERVM_PASSWORD or --password-file FILE',
    );
  }
  if (options.config === undefined) {
    const console = await consoleOptions(options, terminal);
    // Made to be looked at: what is wrong with files and addresses is reported before anything is requested.
    new PowerVmConsole(console);
    return { receiver: { consoles: [console] }, configuration: undefined, close: async () => undefined };
  }
  if (options.endpoint !== undefined) {
    throw new PowerVmError('POWERVM_USAGE', '--endpoint and --config exclude each other');
  }
  // The collector and all that it can do is not loaded to look at one console.
  const { openFiles } = await import('./configured-connection.ts');
  return openFiles(configurationFiles(options), options.receiver, terminal.environment);
}

async function consoleOptions(
  { endpoint, username, passwordFile, allowClearText, ...tlsArguments }: ConnectionArguments,
  terminal: Terminal,
): Promise<ConsoleOptions> {
  if (endpoint === undefined) throw new PowerVmError('POWERVM_USAGE', '--endpoint URL is missing');
  const console = {
    endpoint: withScheme(endpoint),
    tls: tlsOf(tlsArguments),
    ...(allowClearText === true ? { allowClearText } : {}),
  };
  if (username === undefined) return console;
  // Before anyone types a password.
  new PowerVmConsole(console);
  const password = await passwordOf(username, endpoint, passwordFile, terminal);
  return { ...console, username, password: new Secret(password) };
}

async function passwordOf(
  username: string,
  endpoint: string,
  file: string | undefined,
  { environment, askSecret, report }: Terminal,
): Promise<string> {
  if (file !== undefined) {
    const password = readPassword(file);
    const exposure = exposureOf(file);
    if (exposure !== undefined) report(`warning: the password in ${file} is no secret: ${exposure}`);
    return password;
  }
  const password = environment.OTEL_POWERVM_PASSWORD || (await askSecret?.(`Password of ${username} at ${endpoint}: `));
  if (password) return password;
  throw new PowerVmError(
    'POWERVM_USAGE',
    `no password for ${username}: set OTEL_POWERVM_PASSWORD, pass --password-file FILE, or type it at a terminal`,
  );
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

/** Whether an operator means this one: by UUID, name, MTMS or number, in either case. Without a wish every one is meant. */
export function isSelected(wanted: string | undefined, identities: readonly (string | undefined)[]): boolean {
  return wanted === undefined || identities.some((identity) => identity?.toLowerCase() === wanted.toLowerCase());
}
