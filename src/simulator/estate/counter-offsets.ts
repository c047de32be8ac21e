import {
  diskTraffic,
  fibreChannelTraffic,
  PHYSICAL,
  physicalPortTraffic,
  poolCounters,
  trunkTraffic,
} from './aggregates.ts';
import type { CounterOffsets, SimulatedSystem, StorageCounters, TrafficCounters } from './model.ts';
import { Reading } from './reading.ts';
import { byName, NO_STORAGE, NO_TRAFFIC, negative, plusStorage, plusTraffic } from './sums.ts';

export function noCounterOffsets(since: number): CounterOffsets {
  return { since, poolSize: {}, poolUse: {}, ports: {}, trunks: {}, fibreChannel: {}, disks: {} };
}

/**
 * `after` with such a remainder that no counter of a pool, port, bridge or disk jumps at `time`, however the event
 * moved members between `before` and `after`.
 * @param restarted numbers of VIOSes whose counters restart
 */
export function continued(
  before: SimulatedSystem,
  after: SimulatedSystem,
  time: number,
  restarted: ReadonlySet<number>,
): SimulatedSystem {
  const empty = { ...after, counterOffsets: noCounterOffsets(time) };
  const was = totals(new Reading(before, time), new Set());
  const is = totals(new Reading(empty, time), restarted);
  const counterOffsets: CounterOffsets = {
    since: time,
    poolSize: was.poolSize,
    poolUse: Object.fromEntries(
      Object.entries(is.poolUse).map(([name, used]) => [name, (was.poolUse[name] ?? 0n) - used]),
    ),
    ports: remainders(was.ports, is.ports, plusTraffic, NO_TRAFFIC),
    trunks: remainders(without(was.trunks, is.restartedNames), is.trunks, plusTraffic, NO_TRAFFIC),
    fibreChannel: remainders(without(was.fibreChannel, is.restartedNames), is.fibreChannel, plusStorage, NO_STORAGE),
    disks: remainders(without(was.disks, is.restartedNames), is.disks, plusStorage, NO_STORAGE),
  };
  return { ...after, counterOffsets };
}

function totals(reading: Reading, restarted: ReadonlySet<number>) {
  const { vioses } = reading.system;
  const cycleTotals = reading.allPartitions.map((partition) => ({
    partition,
    cycleCounters: reading.cycleCounters(partition),
  }));
  const { physical, shared } = poolCounters(reading, cycleTotals);
  const pools = [[PHYSICAL, physical] as const, ...[...shared].map(([id, pool]) => [String(id), pool] as const)];
  const ofRestarted = vioses.filter(({ number }) => restarted.has(number));
  return {
    poolSize: Object.fromEntries(pools.map(([name, { given }]) => [name, given])),
    poolUse: Object.fromEntries(pools.map(([name, { used }]) => [name, used])),
    ports: physicalPortTraffic(reading),
    trunks: Object.assign({}, ...vioses.map((vios) => trunkTraffic(reading, vios))) as Record<string, TrafficCounters>,
    fibreChannel: Object.assign({}, ...vioses.map((vios) => fibreChannelTraffic(reading, vios))) as Record<
      string,
      StorageCounters
    >,
    disks: byName(vioses, (vios) => [vios.storageLocation, diskTraffic(reading, vios)]),
    restartedNames: new Set(
      ofRestarted.flatMap((vios) => [
        vios.storageLocation,
        ...vios.ethernet.map(({ location }) => location),
        ...vios.fibreChannelPorts.map(({ location }) => location),
      ]),
    ),
  };
}

function remainders<Counters extends object>(
  was: Readonly<Record<string, Counters>>,
  is: Readonly<Record<string, Counters>>,
  plus: (one: Counters, other: Counters) => Counters,
  none: Counters,
): Readonly<Record<string, Counters>> {
  return Object.fromEntries(
    Object.entries(is).map(([name, present]) => [name, plus(was[name] ?? none, negative(present))]),
  );
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  names: ReadonlySet<string>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)));
}
