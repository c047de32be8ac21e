import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { describeError, PowerVmError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { ConsoleOptions } from '../rest/index.ts';

/** The options by which a verb reaches one console. */
export interface ConnectionArguments {
  readonly endpoint?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly insecureSkipVerify?: boolean;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the console: https://host[:port]; without a port 443 and then 12443 are tried')
    .option('--username <name>', 'user of the console; without it the file authentication of NovaLink is used')
    .option('--password-file <file>', 'file with the password; otherwise OTEL_POWERVM_PASSWORD gives it')
    .option('--ca-file <file>', 'certificate authority or self-signed certificate of the console, PEM')
    .option('--insecure-skip-verify', 'accept any certificate: whoever sits in between reads the password');
}

/** @throws {PowerVmError} `POWERVM_USAGE`, `POWERVM_CONFIG_UNREADABLE` */
export async function consoleOptions(
  { endpoint, username, passwordFile, caFile, insecureSkipVerify }: ConnectionArguments,
  environment: NodeJS.ProcessEnv,
): Promise<ConsoleOptions> {
  if (endpoint === undefined) throw new PowerVmError('POWERVM_USAGE', '--endpoint URL is missing');
  const tls = { ...(caFile === undefined ? {} : { caFile }), ...(insecureSkipVerify ? { insecureSkipVerify } : {}) };
  if (username === undefined) return { endpoint, tls };
  const password = passwordFile === undefined ? environment.OTEL_POWERVM_PASSWORD : await readPassword(passwordFile);
  if (password === undefined || password === '') {
    throw new PowerVmError(
      'POWERVM_USAGE',
      `no password for ${username}: set OTEL_POWERVM_PASSWORD or pass --password-file FILE`,
    );
  }
  return { endpoint, username, password: new Secret(password), tls };
}

/** Editors end a file with a line break, which is no part of the password. */
async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new PowerVmError('POWERVM_CONFIG_UNREADABLE', `cannot read ${file}: ${describeError(error)}`, {
      cause: error,
      context: { file },
    });
  }
}
