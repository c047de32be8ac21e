import { readFileSync } from 'node:fs';
import { ConfigurationError, describeError } from '../errors/errors.ts';
import { decodeText } from '../http/text-decoding.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * A file that the operator has named: a certificate, a password, a configuration. Read once, at the start. A byte-order
 * mark is left out, and UTF-16 with such a mark is understood.
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`
 */
export function readTextFile(file: string): string {
  try {
    return decodeText(readFileSync(file), undefined);
  } catch (error) {
    throw new ConfigurationError('POWERVM_CONFIG_UNREADABLE', `cannot read ${file}: ${fileProblem(error)}`, {
      cause: error,
      context: { file },
    });
  }
}

/** What the system has against a file, without naming it once more. */
export function fileProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return FILE_PROBLEMS[code ?? ''] ?? describeError(error);
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there: a part of its path is no directory',
  EACCES: 'its permissions do not allow it',
  EPERM: 'its permissions do not allow it',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/**
 * Editors end a file with a line break, which is no part of the password.
 * @throws {ConfigurationError} for a file that cannot be read, holds nothing, or holds more than one line: a refused logon
 * counts towards the lock of the account, so that what cannot be a password is not tried
 */
export function readPassword(file: string): string {
  const password = readTextFile(file).replace(/[\r\n]+$/, '');
  const reason =
    password === ''
      ? 'it is empty'
      : CONTROL_CHARACTER.test(password)
        ? 'it has more than one line, or control characters'
        : undefined;
  if (reason === undefined) return password;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} does not hold a password: ${reason}`, {
    context: { file },
  });
}
