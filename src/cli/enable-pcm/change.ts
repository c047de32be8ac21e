import { ConsoleError, type PowerVmError } from '../../base/errors/errors.ts';
import type { ManagedSystem, PcmPreferences, PowerVmConsole } from '../../rest/index.ts';

/** A managed system, what is monitored of it, and what is to become of its long-term monitoring. */
export interface Change {
  readonly client: PowerVmConsole;
  readonly system: Pick<ManagedSystem, 'id' | 'name' | 'mtms'>;
  readonly before: PcmPreferences;
  /** What it is to be; undefined: it is that already. */
  readonly target: boolean | undefined;
  after?: PcmPreferences;
  /** Milliseconds since 1970: the first sample after it was switched on. */
  sampleTime?: number;
  error?: PowerVmError;
}

/**
 * Counts what is about to be added beside what a console monitors already, before anything is changed.
 * @throws {ConsoleError} `POWERVM_PCM_LIMIT`
 */
export async function requireCapacity(changes: readonly Change[], signal: AbortSignal): Promise<void> {
  for (const client of new Set(changes.map((change) => change.client))) {
    const added = changes.filter((change) => change.client === client && change.target === true).length;
    const limits = added === 0 ? undefined : await client.pcmLimits(signal);
    if (limits?.maximumLongTermMonitors === undefined) continue;
    const { longTermMonitors, maximumLongTermMonitors } = limits;
    if (longTermMonitors + added <= maximumLongTermMonitors) continue;
    throw new ConsoleError(
      'POWERVM_PCM_LIMIT',
      `${client.address}: ${longTermMonitors} systems are monitored, ${added} would be added, and the console allows ${maximumLongTermMonitors}; nothing was changed`,
      { context: { console: client.endpoint } },
    );
  }
}

/** As {@link ManagedSystem} flags are written in `systems --format json`. */
export function flagsOf(preferences: PcmPreferences) {
  return {
    long_term_monitor: preferences.longTermMonitor,
    compute_ltm: preferences.computeLongTermMonitor,
    aggregation: preferences.aggregation,
    short_term_monitor: preferences.shortTermMonitor,
    energy: preferences.energyMonitor,
  };
}
