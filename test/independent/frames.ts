import { NETWORK, sayStorage } from './adapters.ts';
import { expectEnergy } from './energy.ts';
import type { InventoryAnswers } from './inventory.ts';
import { type Expectations, MEBIBYTE, minus, quotient, type Say } from './point.ts';
import { everybody, findPartition, isMasked, isUntouched, processorUse, toldOf } from './processors.ts';
import { counterAt, listAt, numberAt, objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import { elapsedCycles, type Instant } from './story.ts';

/** catalog.md, "Managed system". */
export function expectFrame(instant: Instant, inventory: InventoryAnswers, expectations: Expectations): void {
  const { sample } = instant;
  const say = expectations.of(instant.systemId, instant.time);
  const processor = objectAt(sample, 'processor');
  say('powervm.system.cpu.installed', numberAt(processor, 'totalProcUnits'));
  say('powervm.system.cpu.configurable', numberAt(processor, 'configurableProcUnits'));
  say('powervm.system.cpu.available', numberAt(processor, 'availableProcUnits'));
  expectUse(say, instant);
  const memory = objectAt(sample, 'memory');
  sayMebibytes(say, 'powervm.system.memory.installed', memory, 'totalMem');
  sayMebibytes(say, 'powervm.system.memory.configurable', memory, 'configurableMem');
  sayMebibytes(say, 'powervm.system.memory.available', memory, 'availableMem');
  sayMebibytes(say, 'powervm.system.memory.firmware', objectAt(sample, 'systemFirmware'), 'assignedMem');
  expectProcessorPools(say, instant);
  for (const pool of listAt(sample, 'sharedMemoryPool')) expectMemoryPool(say, pool);
  expectPhysicalPorts(say, objectAt(sample, 'network'));
  expectCounts(say, instant);
  expectInformation(say, instant, inventory);
  if (instant.energy) expectEnergy(expectations, instant.systemId, instant.energy);
}

function sayMebibytes(say: Say, metric: string, parent: RawObject, name: string, attributes = {}): void {
  const value = numberAt(parent, name);
  say(metric, value === undefined ? undefined : value * MEBIBYTE, attributes);
}

/** Sums over those in both samples; whoever was at work before and has no value now makes the sum unknown. */
function expectUse(say: Say, instant: Instant): void {
  const people = everybody(instant).filter(({ element }) => {
    const before = findPartition(instant.before, uuidAt(element, 'uuid'));
    return before !== undefined && !(isIdleState(before) || isUntouched(objectAt(before, 'processor')));
  });
  const uses = people.map(({ element, isVios }) =>
    processorUse(instant, element, isVios && isMasked(instant, element)),
  );
  const sum = (values: readonly (number | undefined)[]) => {
    const told = values.filter((value) => value !== undefined);
    if (told.length < values.length || told.length === 0) return undefined;
    return told.reduce((total, value) => total + value, 0);
  };
  const consumed = sum(uses.map((use) => use.consumed));
  const isAnyMasked = listAt(instant.sample, 'viosUtil').some((vios) => isMasked(instant, vios));
  const busy = isAnyMasked ? undefined : sum(uses.map((use) => use.busy));
  const firmware = perCycle(instant, 'utilizedProcCycles', ({ sample }) => objectAt(sample, 'systemFirmware'));
  const configurable = numberAt(objectAt(instant.sample, 'processor'), 'configurableProcUnits');
  const plus = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? undefined : one + other;
  say('powervm.system.cpu.consumed', consumed);
  say('powervm.system.cpu.busy', busy);
  say('powervm.system.cpu.firmware', firmware);
  say('powervm.system.cpu.utilization', quotient(plus(busy, firmware), configurable));
  say('powervm.system.cpu.consumed_utilization', quotient(plus(consumed, firmware), configurable));
}

function isIdleState(element: RawObject): boolean {
  return ['Not Activated', 'Not Available'].includes(textAt(element, 'state') ?? '');
}

/** Δ of a counter of the frame ÷ T; nothing where it has fallen. */
function perCycle(
  instant: Instant,
  name: string,
  find: (instant: Instant) => RawObject | undefined,
): number | undefined {
  const now = find(instant);
  const before = instant.before && find(instant.before);
  const delta = now && before && minus(counterAt(now, name), counterAt(before, name));
  return delta !== undefined && delta >= 0 ? quotient(delta, elapsedCycles(instant)) : undefined;
}

function expectProcessorPools(say: Say, instant: Instant): void {
  const physical = objectAt(instant.sample, 'physicalProcessorPool');
  expectPool(
    say,
    instant,
    'powervm.physical_pool.cpu',
    'totalPoolCycles',
    ({ sample }) => objectAt(sample, 'physicalProcessorPool'),
    {},
  );
  say('powervm.physical_pool.cpu.configurable', numberAt(physical, 'configurablePoolProcUnits'));
  say('powervm.physical_pool.cpu.available', numberAt(physical, 'currAvailablePoolProcUnits'));
  say('powervm.physical_pool.cpu.borrowed', numberAt(physical, 'borrowedPoolProcUnits'));
  for (const pool of listAt(instant.sample, 'sharedProcessorPool')) {
    // A frame lists all of its pools; those that were never set up hold only zeros.
    const numbers = ['assignedProcCycles', 'utilizedPoolCycles', 'maxProcUnits'].map((name) => Number(pool[name] ?? 0));
    if (/^SharedPool\d+$/.test(textAt(pool, 'name') ?? '') && numbers.every((number) => number === 0)) continue;
    const attributes = { 'powervm.pool.id': Number(pool.id), 'powervm.pool.name': textAt(pool, 'name') };
    const same = ({ sample }: Instant) => listAt(sample, 'sharedProcessorPool').find(({ id }) => id === pool.id);
    expectPool(say, instant, 'powervm.shared_pool.cpu', 'assignedProcCycles', same, attributes);
    say('powervm.shared_pool.cpu.limit', numberAt(pool, 'maxProcUnits'), attributes);
    say('powervm.shared_pool.cpu.borrowed', numberAt(pool, 'borrowedPoolProcUnits'), attributes);
    say('powervm.shared_pool.info', 1, attributes);
  }
}

function expectPool(
  say: Say,
  instant: Instant,
  prefix: string,
  sizeName: string,
  find: (instant: Instant) => RawObject | undefined,
  attributes: Readonly<Record<string, string | number | undefined>>,
): void {
  const size = perCycle(instant, sizeName, find);
  const consumed = perCycle(instant, 'utilizedPoolCycles', find);
  // Both begin again together.
  if (size === undefined || consumed === undefined) return;
  say(`${prefix}.size`, size, attributes);
  say(`${prefix}.consumed`, consumed, attributes);
  say(`${prefix}.utilization`, quotient(consumed, size), attributes);
}

function expectMemoryPool(say: Say, pool: RawObject): void {
  const attributes = { 'powervm.pool.id': Number(pool.id), 'powervm.pool.name': textAt(pool, 'name') };
  say('powervm.memory_pool.info', 1, attributes);
  sayMebibytes(say, 'powervm.memory_pool.size', pool, 'totalMem', attributes);
  sayMebibytes(say, 'powervm.memory_pool.assigned', pool, 'assignedMemToLpars', attributes);
  sayMebibytes(say, 'powervm.memory_pool.firmware', pool, 'assignedMemToSysFirmware', attributes);
  sayMebibytes(say, 'powervm.memory_pool.io.size', pool, 'totalIOMem', attributes);
  sayMebibytes(say, 'powervm.memory_pool.io.mapped', pool, 'mappedIOMemToLpars', attributes);
}

function expectPhysicalPorts(say: Say, network: RawObject): void {
  for (const adapter of [...listAt(network, 'sriovAdapters'), ...listAt(network, 'heAdapters')]) {
    for (const port of listAt(adapter, 'physicalPorts')) {
      const fixed = {
        'powervm.adapter.id': textAt(adapter, 'drcIndex'),
        'powervm.port.id': textAt(port, 'id'),
        'powervm.port.location': textAt(port, 'physicalLocation'),
      };
      for (const [direction, index] of NETWORK) {
        const attributes = { ...fixed, ...direction };
        const counter = (inward: string, outward: string) => counterAt(port, index === 0 ? inward : outward);
        say('powervm.system.network.io', counter('receivedBytes', 'sentBytes'), attributes);
        say('powervm.system.network.packet.count', counter('receivedPackets', 'sentPackets'), attributes);
        say('powervm.system.network.errors', counter('errorIn', 'errorOut'), attributes);
      }
      say('powervm.system.network.packet.dropped', counterAt(port, 'droppedPackets'), fixed);
    }
  }
}

function expectCounts(say: Say, instant: Instant): void {
  const kinds = toldOf(instant).map(({ element, isVios }) => partitionType(element, isVios));
  const states = toldOf(instant).map(({ element }) => textAt(element, 'state'));
  const keys = new Set(kinds.map((kind, index) => `${kind}/${states[index]}`));
  // What was there in the instant before and is not any more is said to be gone, once.
  const before = instant.before ? toldOf(instant.before) : [];
  const gone = before.map(({ element, isVios }) => `${partitionType(element, isVios)}/${textAt(element, 'state')}`);
  for (const key of new Set([...keys, ...gone])) {
    const [type = '', state = ''] = key.split('/');
    const count = kinds.filter((kind, index) => kind === type && states[index] === state).length;
    say('powervm.system.lpar.count', count, { 'powervm.lpar.state': state, 'powervm.lpar.type': type });
  }
}

/** Nothing of this changes while a scenario runs. */
function expectInformation(say: Say, { systemId, info }: Instant, inventory: InventoryAnswers): void {
  const mtms = textAt(info, 'mtms') ?? '';
  const [, machineType, model, serialNumber] = /^(.*)-(.*)\*(.*)$/.exec(mtms) ?? [];
  say('powervm.system.info', 1, {
    'powervm.system.name': textAt(info, 'name'),
    'powervm.system.mtms': mtms,
    'powervm.system.machine_type': machineType,
    'powervm.system.model': model,
    'powervm.system.serial_number': serialNumber,
    'powervm.system.firmware_version': inventory.firmware(systemId),
  });
}

export function partitionType(element: RawObject, isVios: boolean): string {
  return isVios ? 'vios' : textAt(element, 'type') === 'aixlinux' ? 'aix_linux' : 'ibm_i';
}

/**
 * catalog.md, "Shared storage pool": its traffic from each VIOS that sees it, its size from one of them. Which one is the
 * product's choice: each may tell it, and election.ts looks whether one did.
 */
export function expectStoragePools(instant: Instant, expectations: Expectations): void {
  for (const [number, { time, vios }] of instant.vioses) {
    if (!instant.news.has(number)) continue;
    const partition = listAt(instant.sample, 'viosUtil').find((other) => Number(other.id) === number);
    for (const pool of listAt(objectAt(vios, 'storage'), 'sharedStoragePools')) {
      const id = textAt(pool, 'id') ?? '';
      const may = expectations.optionallyOf(id, time);
      may('powervm.ssp.info', 1, { 'powervm.ssp.name': textAt(pool, 'name') });
      sayMebibytes(may, 'powervm.ssp.size', pool, 'totalSpace');
      sayMebibytes(may, 'powervm.ssp.usage', pool, 'usedSpace');
      // Without its UUID nobody could tell the traffic of one VIOS from that of another.
      const say = expectations.of(id, time);
      if (partition) sayStorage(say, 'powervm.ssp', pool, { 'powervm.vios.id': uuidAt(partition, 'uuid') });
    }
  }
}
