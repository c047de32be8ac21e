import type { Clock } from '../base/clock.ts';
import { isRetryable, retryAfter } from './answer-errors.ts';
import type { ConsoleAnswer } from './transport.ts';

const MAX_RETRIES = 3;
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 30_000;

/**
 * Repeats a request while its answer is one of those that pass by themselves: after 2, 4 and 8 seconds with jitter, or
 * as long as the console asks with `Retry-After`. Whatever else is wrong comes back at once.
 */
export async function retryWhileBusy(
  send: () => Promise<ConsoleAnswer>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ConsoleAnswer> {
  for (let retry = 0; ; retry += 1) {
    const answer = await send();
    if (retry === MAX_RETRIES || !isRetryable(answer)) return answer;
    const pause = retryAfter(answer, clock.now()) ?? jittered(FIRST_PAUSE * 2 ** retry);
    if (pause > LONGEST_PAUSE) return answer;
    await clock.sleep(pause, signal);
  }
}

/** ±25 %, so that many collectors do not come back at the same moment. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}
