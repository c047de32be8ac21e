import type { SimulatedSystem } from '../../estate/model.ts';
import type { SimulatedResponse } from '../response.ts';
import { leaf, pcmElement, preferencesFeed, refusal } from './atom-text.ts';

/** What is monitored on one system. */
export interface MonitoringFlags {
  longTermMonitor: boolean;
  aggregation: boolean;
  shortTermMonitor: boolean;
  computeLongTermMonitor: boolean;
  energyMonitor: boolean;
}

const MAXIMUM_LONG_TERM_MONITORS = 45;

export function systemPreferences(system: SimulatedSystem, flags: MonitoringFlags): SimulatedResponse {
  return preferencesFeed(pcmElement('ManagedSystemPcmPreference', preference(system, flags)));
}

export function consolePreferences(
  systems: readonly SimulatedSystem[],
  flagsOf: (system: SimulatedSystem) => MonitoringFlags,
): SimulatedResponse {
  return preferencesFeed(
    pcmElement(
      'ManagementConsolePcmPreference',
      leaf('MaximumManagedSystemsForLongTermMonitor', MAXIMUM_LONG_TERM_MONITORS) +
        leaf('MaximumManagedSystemsForAggregation', 40) +
        leaf('MaximumManagedSystemsForShortTermMonitor', 5) +
        leaf('AggregatedMetricsStorageDuration', 15_552_000) +
        systems
          .map(
            (system) =>
              `<ManagedSystemPcmPreference>${preference(system, flagsOf(system))}</ManagedSystemPcmPreference>`,
          )
          .join(''),
    ),
  );
}

/** Changes the flags as a full document says; refuses one that answers an older state (412). */
export function updatePreferences(
  system: SimulatedSystem,
  flags: MonitoringFlags,
  path: string,
  body: string,
  ifMatch: string | undefined,
): SimulatedResponse {
  const current = systemPreferences(system, flags);
  if (ifMatch !== undefined && ifMatch !== current.headers?.etag) {
    return refusal(412, path, 'The preferences were changed in the meantime.', 'ETag mismatch');
  }
  if (!body.includes('ManagedSystemPcmPreference')) {
    return refusal(400, path, 'The body is not a ManagedSystemPcmPreference.', 'REST000E');
  }
  flags.aggregation = flag(body, 'AggregationEnabled') ?? flags.aggregation;
  flags.energyMonitor = flag(body, 'EnergyMonitorEnabled') ?? flags.energyMonitor;
  flags.shortTermMonitor = flag(body, 'ShortTermMonitorEnabled') ?? flags.shortTermMonitor;
  flags.computeLongTermMonitor = flag(body, 'ComputeLTMEnabled') ?? flags.computeLongTermMonitor;
  // Aggregation needs long-term monitoring, and switches it back on without a word.
  flags.longTermMonitor = flags.aggregation || (flag(body, 'LongTermMonitorEnabled') ?? flags.longTermMonitor);
  return systemPreferences(system, flags);
}

function preference(system: SimulatedSystem, flags: MonitoringFlags): string {
  return (
    `<Metadata><Atom><AtomID>${system.id}</AtomID><AtomCreated>1767225600000</AtomCreated></Atom></Metadata>` +
    leaf('SystemName', system.name) +
    `<MachineTypeModelSerialNumber>${leaf('MachineType', system.machineType)}${leaf('Model', system.model)}` +
    `${leaf('SerialNumber', system.serialNumber)}</MachineTypeModelSerialNumber>` +
    leaf('EnergyMonitoringCapable', true) +
    leaf('LongTermMonitorEnabled', flags.longTermMonitor) +
    leaf('AggregationEnabled', flags.aggregation) +
    leaf('ShortTermMonitorEnabled', flags.shortTermMonitor) +
    leaf('ComputeLTMEnabled', flags.computeLongTermMonitor || system.collection.isComputeOnly) +
    leaf('EnergyMonitorEnabled', flags.energyMonitor) +
    // Host and port of links may be internal ones.
    `<AssociatedManagedSystem href="https://127.0.0.1:13443/rest/api/uom/ManagedSystem/${system.id}" rel="related"/>`
  );
}

function flag(body: string, name: string): boolean | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}[^>]*>\\s*(true|false)\\s*<`).exec(body)?.[1];
  return text === undefined ? undefined : text === 'true';
}
