import { ConsoleError } from '../../base/errors/errors.ts';
import type { ConsoleClient, PcmPreferences } from '../model.ts';

/** How consoles have refused the feed of a system whose monitoring is off; each of these has other reasons as well. */
const REFUSING_STATUSES = new Set([400, 403, 404, 406]);
/** The words of some of them. */
const SAYS_OFF =
  /(?:monitor|PCM|performance|metrics)[^.]*\b(?:off|disabled|not (?:been )?(?:enabled|activated|licensed|on))\b/i;

/** Whether a rejected feed may mean that monitoring is off, which the preferences then show. */
export function mayMeanMonitoringOff(error: unknown): error is ConsoleError {
  if (!(error instanceof ConsoleError)) return false;
  if (error.code === 'POWERVM_REMOTE_ACCESS_OFF' || error.code === 'POWERVM_CONSOLE_BUSY') return false;
  return REFUSING_STATUSES.has(Number(error.context.statusCode)) || saysOff(error);
}

/** A console that says no more than what may be the matter: monitoring, or the authority of the account. */
const SAYS_AUTHORITY = /authori|permission|privilege|\brole\b|access/i;

function saysOff(error: ConsoleError): boolean {
  return error.context.statusCode !== undefined && SAYS_OFF.test(wordsOf(error));
}

/** The words of the console alone. */
function wordsOf({ message }: ConsoleError): string {
  return message.replace(/^.*?\) ?:/s, '');
}

/** The error of a feed, explained by the preferences where it may mean that monitoring is off. Never rejects. */
export async function explainedFeedError(
  error: unknown,
  console: Pick<ConsoleClient, 'pcmPreferences'>,
  system: { readonly id: string; readonly name: string },
  signal?: AbortSignal,
): Promise<unknown> {
  if (!mayMeanMonitoringOff(error)) return error;
  const preferences = await console.pcmPreferences(system.id, signal).catch(() => undefined);
  return explainFeedRejection(error, system, preferences);
}

/**
 * Why the feed of a system was refused. The same answers come when its monitoring is off and when it is on, so that the
 * preferences decide, unless the console says in words that it is off.
 * @param preferences as they are now; undefined when they were refused as well
 */
function explainFeedRejection(
  refusal: ConsoleError,
  system: { readonly id: string; readonly name: string },
  preferences: Pick<PcmPreferences, 'longTermMonitor' | 'computeLongTermMonitor'> | undefined,
): ConsoleError {
  const isOff = preferences?.longTermMonitor === false && preferences.computeLongTermMonitor !== true;
  const isOn = preferences?.longTermMonitor === true || preferences?.computeLongTermMonitor === true;
  const { console, statusCode } = refusal.context;
  const error = (code: ConsoleError['code'], reason: string) =>
    new ConsoleError(code, `${console}: ${reason} (${refusal.message})`, {
      cause: refusal,
      context: { console, system: system.id, statusCode },
    });
  if (isOff) return error('POWERVM_PCM_DISABLED', `performance monitoring is off for ${system.name}`);
  if (!isOn) {
    // An address that is wrong in the query is not about monitoring, unless the console says so.
    if (statusCode === 400 && !saysOff(refusal)) return refusal;
    return error(
      'POWERVM_PCM_DISABLED',
      `performance monitoring is off for ${system.name}, or the account may not read it`,
    );
  }
  // What it says at this moment counts more than a switch, unless it only guesses.
  if (saysOff(refusal) && !SAYS_AUTHORITY.test(wordsOf(refusal))) {
    return error(
      'POWERVM_PCM_DISABLED',
      `the console says that performance monitoring is off for ${system.name}, and that it is switched on: switch it off and on again`,
    );
  }
  if (statusCode === 403) {
    return error(
      'POWERVM_FORBIDDEN',
      `performance monitoring is on for ${system.name}, and the account may not read its data`,
    );
  }
  if (statusCode === 404) {
    return error(
      'POWERVM_PCM_NO_SAMPLE',
      `performance monitoring is on for ${system.name}, and the console does not know its data`,
    );
  }
  return refusal;
}
