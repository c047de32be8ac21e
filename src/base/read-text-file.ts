import { readFileSync } from 'node:fs';
import { ConfigurationError, describeError } from './errors.ts';

/**
 * A file that the operator has named: a certificate, a password, a configuration. Read once, at the start.
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`
 */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError('POWERVM_CONFIG_UNREADABLE', `cannot read ${file}: ${describeError(error)}`, {
      cause: error,
      context: { file },
    });
  }
}

/** Editors end a file with a line break, which is no part of the password. */
export function readPassword(file: string): string {
  return readTextFile(file).replace(/\r?\n$/, '');
}
