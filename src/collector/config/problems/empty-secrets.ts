import type { Explanation } from './explain.ts';
import type { ConfigPath } from './problem.ts';

/**
 * Keys whose values are secrets; `password_file` names one and is looked at when the file is read. An empty
 * `telemetry_secret` means, as with Ceilometer, that nothing is signed.
 */
const SECRET_KEY = /^(?!telemetry_).*(?:password|secret|token)$/;
/** An address with a user and nothing for a password: `rabbit://user:@host`. */
const EMPTY_USER_INFORMATION = /:\/\/(?:[^/?#]*,)?[^/?#@,:]+:@/;

/**
 * Secrets that are there and empty: most often a variable of the environment that was never filled in. A logon with an
 * empty password is refused, and counts towards the lock of the account.
 * @param content of a configuration, expanded
 */
export function emptySecrets(content: unknown, path: ConfigPath = []): readonly Explanation[] {
  if (Array.isArray(content)) return content.flatMap((element, index) => emptySecrets(element, [...path, index]));
  if (typeof content === 'object' && content !== null) {
    return Object.entries(content).flatMap(([key, value]) => emptySecrets(value, [...path, key]));
  }
  const key = path.findLast((part) => typeof part === 'string') ?? '';
  if (SECRET_KEY.test(String(key)) && (content === '' || content === null)) {
    const message = 'is empty: fill in the variable or file that it comes from, or leave the key out';
    return [{ path, message }];
  }
  if (typeof content !== 'string' || !EMPTY_USER_INFORMATION.test(content)) return [];
  return [{ path, message: 'has a user name and an empty password in its address' }];
}
