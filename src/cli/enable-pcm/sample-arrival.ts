import type { Clock } from '../../base/clock/clock.ts';
import { ConsoleError } from '../../base/errors/errors.ts';
import { type ConsoleClient, mayMeanMonitoringOff } from '../../rest/index.ts';

const LONGEST_WAIT = 180_000;
const POLL_INTERVAL_MS = 10_000;

/**
 * Waits for the first sample that was taken after monitoring was switched on: PCM begins with its next collection
 * (docs/reference/console-api.md#preferences). Until then a console answers with nothing, or still as if it were off.
 * @param switchedAt by the clock of the console; undefined: any sample will do
 * @returns its time, milliseconds since 1970
 * @throws {ConsoleError} `POWERVM_PCM_NO_SAMPLE` after three minutes
 */
export async function awaitSample(
  client: ConsoleClient,
  system: { readonly id: string; readonly name: string },
  switchedAt: number | undefined,
  { clock, signal, onPoll }: { readonly clock: Clock; readonly signal: AbortSignal; readonly onPoll: () => void },
): Promise<number> {
  for (let waited = 0; ; waited += POLL_INTERVAL_MS) {
    const newest = await newestSample(client, system.id, signal);
    if (newest !== undefined && newest >= (switchedAt ?? newest)) return newest;
    if (waited >= LONGEST_WAIT) break;
    onPoll();
    await clock.sleep(POLL_INTERVAL_MS, signal);
  }
  throw new ConsoleError(
    'POWERVM_PCM_NO_SAMPLE',
    `${system.name}: monitoring is on, and no sample came within ${LONGEST_WAIT / 60_000} minutes`,
    { context: { console: client.endpoint, system: system.id } },
  );
}

async function newestSample(client: ConsoleClient, id: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    const entries = await client.longTermMonitorFeed(id, undefined, signal);
    return entries.filter(({ category }) => category === 'phyp').at(-1)?.listedAt;
  } catch (error) {
    if (mayMeanMonitoringOff(error)) return undefined;
    throw error;
  }
}
