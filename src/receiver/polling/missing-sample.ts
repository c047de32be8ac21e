import { ConsoleError } from '../../base/errors/errors.ts';
import type { ManagedSystem, PcmPreferences } from '../../rest/model.ts';

/** Why a system has no sample at all; the reason decides what the operator does. */
export function missingSample(
  endpoint: string,
  system: ManagedSystem,
  preferences: PcmPreferences | undefined,
): ConsoleError {
  const context = { console: endpoint, system: system.id };
  if (preferences?.longTermMonitor === false) {
    const message = `${endpoint}: performance monitoring is off for ${system.name}`;
    return new ConsoleError('POWERVM_PCM_DISABLED', message, { context });
  }
  return new ConsoleError('POWERVM_PCM_NO_SAMPLE', `${endpoint}: PCM has no sample of ${system.name}`, { context });
}
