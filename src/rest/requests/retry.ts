import type { Clock } from '../../base/clock/clock.ts';
import { isRetryable, retryAfter } from '../errors/response-errors.ts';
import type { ConsoleResponse } from './exchange.ts';

const MAX_RETRIES = 3;
const INITIAL_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 30_000;

/**
 * Repeats a request while its response is one of those that pass by themselves: after 2, 4 and 8 seconds with jitter,
 * or as long as the console asks with `Retry-After`. Whatever else is wrong comes back at once.
 */
export async function retryWhileBusy(
  send: () => Promise<ConsoleResponse>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ConsoleResponse> {
  for (let retry = 0; ; retry += 1) {
    const response = await send();
    if (retry === MAX_RETRIES || !isRetryable(response)) return response;
    const pause = retryAfter(response, clock.now()) ?? jittered(INITIAL_PAUSE_MS * 2 ** retry);
    if (pause > MAX_PAUSE_MS) return response;
    await clock.sleep(pause, signal);
  }
}

/** ±25 %, so that many collectors do not come back at the same moment. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}
