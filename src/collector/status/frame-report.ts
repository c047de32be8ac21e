import type { FrameActivity } from '../../inspector/index.ts';
import { viosLabel } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import { entitledOf, isRunning } from './figures.ts';
import type { Fact, FrameDetail, FrameStatus, FrameValue, ValuesOverTime } from './status-model.ts';

type SystemStatistics = SelfStatistics['receiver']['systems'][number];

/** @param isOld that the sample says nothing of the present any more */
export function frameStatus(
  { system, partitions, time }: FrameActivity,
  isOld: boolean,
  statistics?: SystemStatistics,
): FrameStatus {
  const { description, processor, memory, energy, sharedPools } = system;
  return {
    id: description.id,
    name: description.name ?? description.id,
    mtms: description.mtms,
    sampleTime: time,
    ...(isOld ? { isOld, reason: statistics?.condition?.reason } : {}),
    partitions: { running: partitions.filter(isRunning).length, total: partitions.length },
    processor: {
      configurable: processor.configurable,
      entitlement: entitledOf({ partitions }),
      consumed: processor.consumed,
      busy: processor.busy,
      available: processor.available,
      utilization: processor.utilization,
      busyWithout: listOrNothing(system.masked.map(viosLabel)),
    },
    memory: { configurable: memory.configurable, unassigned: memory.available },
    powerWatts: energy?.powerWatts,
    pools: sharedPools
      .filter(({ size }) => size !== undefined && size > 0)
      .map(({ id, name, size, consumed, utilization }) => ({ id, name, size, consumed, utilization })),
  };
}

/** A frame of which no sample has come: its card says why. */
export function unreadFrame({ systemId, name, condition }: SystemStatistics): FrameStatus {
  return {
    id: systemId,
    name: name ?? systemId,
    reason: condition?.reason,
    partitions: { running: 0, total: 0 },
    processor: {},
    memory: {},
    pools: [],
  };
}

export function frameDetail(
  frame: FrameActivity,
  status: FrameStatus,
  values: ValuesOverTime<FrameValue>,
): FrameDetail {
  const { system, storagePools, partitions } = frame;
  const { description, processor, memory } = system;
  return {
    frame: status,
    facts: [
      ...fact('Machine', description.mtms),
      ...fact('Firmware', description.firmwareVersion),
      ...fact('UUID', description.id),
      ...fact('Processors installed', processor.installed),
      ...fact('VIOSes', partitions.filter(({ type }) => type === 'vios').length),
      ...fact('Memory of the hypervisor', gibibytes(memory.firmware)),
    ],
    storagePools: storagePools.map(({ id, name, size, usage }) => ({ name: name ?? id, size, usage })),
    temperatures: (system.energy?.temperatures ?? []).map(({ location, instance, celsius }) => ({
      location: `${location} ${instance}`,
      celsius,
    })),
    ...values,
  };
}

export function listOrNothing(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names;
}

export function fact(label: string, value: string | number | undefined): readonly Fact[] {
  return value === undefined ? [] : [{ label, text: String(value) }];
}

function gibibytes(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
