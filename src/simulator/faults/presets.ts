import type { ScenarioEvent } from '../scenario/event-schema.ts';
import { type Fault, faultSchema } from './fault-schema.ts';
import type { FaultPreset } from './preset-names.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a preset changes. */
export interface PresetEffects {
  readonly events?: readonly ScenarioEvent[];
  readonly faults?: readonly Fault[];
  /** Milliseconds that the clock of the console is ahead. */
  readonly clockOffset?: number;
  readonly isPasswordWrong?: boolean;
  readonly isMonitoringOff?: boolean;
  readonly tls?: boolean;
}

export function presetEffects(preset: FaultPreset | undefined): PresetEffects {
  switch (preset) {
    case 'wrong-password':
      return { isPasswordWrong: true };
    case 'no-role':
      // A user without "Allow remote access via the web" (docs/reference/console-api.md#rights).
      return {
        faults: faults({
          requests: ['logon'],
          status: 403,
          message: 'The user does not have the role authority to perform the request.',
        }),
      };
    case 'pcm-off':
      return { isMonitoringOff: true };
    case 'self-signed':
      return { tls: true };
    case 'clock-off':
      return { clockOffset: -HOUR };
    case 'rmc-down':
      // Since the day before, so that all kept samples show it.
      return { events: [{ at: -DAY, rmc_inactive: { partition: '1', lasts: 10_000 * DAY } }] };
    case 'old-firmware':
      return { faults: faults({ path: '/quick', status: 404, message: 'The resource quick does not exist.' }) };
    case 'restarting':
      return { faults: faults({ status: 503 }) };
    default:
      return {};
  }
}

function faults(fault: object): readonly Fault[] {
  return [faultSchema.parse(fault)];
}
