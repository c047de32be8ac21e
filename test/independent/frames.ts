import { emitStorage, NETWORK } from './adapters.ts';
import { expectEnergy } from './energy.ts';
import type { InventoryResponses } from './inventory.ts';
import { type Emit, type Expectations, MEBIBYTE, minus, quotient } from './point.ts';
import { everybody, findPartition, isMasked, isUntouched, processorUse, reportedPartitions } from './processors.ts';
import { counterAt, listAt, numberAt, objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import { elapsedCycles, type Instant } from './story.ts';

/** docs/metrics.md#managed-system. */
export function expectFrame(instant: Instant, inventory: InventoryResponses, expectations: Expectations): void {
  const { sample } = instant;
  const emit = expectations.of(instant.systemId, instant.time);
  const processor = objectAt(sample, 'processor');
  emit('powervm.system.cpu.installed', numberAt(processor, 'totalProcUnits'));
  emit('powervm.system.cpu.configurable', numberAt(processor, 'configurableProcUnits'));
  emit('powervm.system.cpu.available', numberAt(processor, 'availableProcUnits'));
  expectUse(emit, instant);
  const memory = objectAt(sample, 'memory');
  emitMebibytes(emit, 'powervm.system.memory.installed', memory, 'totalMem');
  emitMebibytes(emit, 'powervm.system.memory.configurable', memory, 'configurableMem');
  emitMebibytes(emit, 'powervm.system.memory.available', memory, 'availableMem');
  emitMebibytes(emit, 'powervm.system.memory.firmware', objectAt(sample, 'systemFirmware'), 'assignedMem');
  expectProcessorPools(emit, instant);
  for (const pool of listAt(sample, 'sharedMemoryPool')) expectMemoryPool(emit, pool);
  expectPhysicalPorts(emit, objectAt(sample, 'network'));
  expectCounts(emit, instant);
  expectInformation(emit, instant, inventory);
  if (instant.energy) expectEnergy(expectations, instant.systemId, instant.energy);
}

function emitMebibytes(emit: Emit, metric: string, parent: RawObject, name: string, attributes = {}): void {
  const value = numberAt(parent, name);
  emit(metric, value === undefined ? undefined : value * MEBIBYTE, attributes);
}

/** Sums over those in both samples; whoever was at work before and has no value now makes the sum unknown. */
function expectUse(emit: Emit, instant: Instant): void {
  const people = everybody(instant).filter(({ element }) => {
    const before = findPartition(instant.before, uuidAt(element, 'uuid'));
    return before !== undefined && !(isIdleState(before) || isUntouched(objectAt(before, 'processor')));
  });
  const uses = people.map(({ element, isVios }) =>
    processorUse(instant, element, isVios && isMasked(instant, element)),
  );
  const sum = (values: readonly (number | undefined)[]) => {
    const reported = values.filter((value) => value !== undefined);
    if (reported.length < values.length || reported.length === 0) return undefined;
    return reported.reduce((total, value) => total + value, 0);
  };
  const consumed = sum(uses.map((use) => use.consumed));
  const isAnyMasked = listAt(instant.sample, 'viosUtil').some((vios) => isMasked(instant, vios));
  const busy = isAnyMasked ? undefined : sum(uses.map((use) => use.busy));
  const firmware = perCycle(instant, 'utilizedProcCycles', ({ sample }) => objectAt(sample, 'systemFirmware'));
  const configurable = numberAt(objectAt(instant.sample, 'processor'), 'configurableProcUnits');
  const plus = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? undefined : one + other;
  emit('powervm.system.cpu.consumed', consumed);
  emit('powervm.system.cpu.busy', busy);
  emit('powervm.system.cpu.firmware', firmware);
  emit('powervm.system.cpu.utilization', quotient(plus(busy, firmware), configurable));
  emit('powervm.system.cpu.consumed_utilization', quotient(plus(consumed, firmware), configurable));
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

function expectProcessorPools(emit: Emit, instant: Instant): void {
  const physical = objectAt(instant.sample, 'physicalProcessorPool');
  expectPool(
    emit,
    instant,
    'powervm.physical_pool.cpu',
    'totalPoolCycles',
    ({ sample }) => objectAt(sample, 'physicalProcessorPool'),
    {},
  );
  emit('powervm.physical_pool.cpu.configurable', numberAt(physical, 'configurablePoolProcUnits'));
  emit('powervm.physical_pool.cpu.available', numberAt(physical, 'currAvailablePoolProcUnits'));
  emit('powervm.physical_pool.cpu.borrowed', numberAt(physical, 'borrowedPoolProcUnits'));
  for (const pool of listAt(instant.sample, 'sharedProcessorPool')) {
    // A frame lists all of its pools; those that were never set up hold only zeros.
    const numbers = ['assignedProcCycles', 'utilizedPoolCycles', 'maxProcUnits'].map((name) => Number(pool[name] ?? 0));
    if (/^SharedPool\d+$/.test(textAt(pool, 'name') ?? '') && numbers.every((number) => number === 0)) continue;
    const attributes = { 'powervm.pool.id': Number(pool.id), 'powervm.pool.name': textAt(pool, 'name') };
    const same = ({ sample }: Instant) => listAt(sample, 'sharedProcessorPool').find(({ id }) => id === pool.id);
    expectPool(emit, instant, 'powervm.shared_pool.cpu', 'assignedProcCycles', same, attributes);
    emit('powervm.shared_pool.cpu.limit', numberAt(pool, 'maxProcUnits'), attributes);
    emit('powervm.shared_pool.cpu.borrowed', numberAt(pool, 'borrowedPoolProcUnits'), attributes);
    emit('powervm.shared_pool.info', 1, attributes);
  }
}

function expectPool(
  emit: Emit,
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
  emit(`${prefix}.size`, size, attributes);
  emit(`${prefix}.consumed`, consumed, attributes);
  emit(`${prefix}.utilization`, quotient(consumed, size), attributes);
}

function expectMemoryPool(emit: Emit, pool: RawObject): void {
  const attributes = { 'powervm.pool.id': Number(pool.id), 'powervm.pool.name': textAt(pool, 'name') };
  emit('powervm.memory_pool.info', 1, attributes);
  emitMebibytes(emit, 'powervm.memory_pool.size', pool, 'totalMem', attributes);
  emitMebibytes(emit, 'powervm.memory_pool.assigned', pool, 'assignedMemToLpars', attributes);
  emitMebibytes(emit, 'powervm.memory_pool.firmware', pool, 'assignedMemToSysFirmware', attributes);
  emitMebibytes(emit, 'powervm.memory_pool.io.size', pool, 'totalIOMem', attributes);
  emitMebibytes(emit, 'powervm.memory_pool.io.mapped', pool, 'mappedIOMemToLpars', attributes);
}

function expectPhysicalPorts(emit: Emit, network: RawObject): void {
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
        emit('powervm.system.network.io', counter('receivedBytes', 'sentBytes'), attributes);
        emit('powervm.system.network.packet.count', counter('receivedPackets', 'sentPackets'), attributes);
        emit('powervm.system.network.errors', counter('errorIn', 'errorOut'), attributes);
      }
      emit('powervm.system.network.packet.dropped', counterAt(port, 'droppedPackets'), fixed);
    }
  }
}

function expectCounts(emit: Emit, instant: Instant): void {
  const kinds = reportedPartitions(instant).map(({ element, isVios }) => partitionType(element, isVios));
  const states = reportedPartitions(instant).map(({ element }) => textAt(element, 'state'));
  const keys = new Set(kinds.map((kind, index) => `${kind}/${states[index]}`));
  // What was there in the instant before and is not any more is said to be gone, once.
  const before = instant.before ? reportedPartitions(instant.before) : [];
  const gone = before.map(({ element, isVios }) => `${partitionType(element, isVios)}/${textAt(element, 'state')}`);
  for (const key of new Set([...keys, ...gone])) {
    const [type = '', state = ''] = key.split('/');
    const count = kinds.filter((kind, index) => kind === type && states[index] === state).length;
    emit('powervm.system.lpar.count', count, { 'powervm.lpar.state': state, 'powervm.lpar.type': type });
  }
}

/** Nothing of this changes while a scenario runs. */
function expectInformation(emit: Emit, { systemId, info }: Instant, inventory: InventoryResponses): void {
  const mtms = textAt(info, 'mtms') ?? '';
  const [, machineType, model, serialNumber] = /^(.*)-(.*)\*(.*)$/.exec(mtms) ?? [];
  emit('powervm.system.info', 1, {
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
 * docs/metrics.md#shared-storage-pool: its traffic from each VIOS that sees it, its size from one of them. Which one is
 * the product's choice: each may tell it, and election.ts looks whether one did.
 */
export function expectStoragePools(instant: Instant, expectations: Expectations): void {
  for (const [number, { time, vios }] of instant.vioses) {
    if (!instant.news.has(number)) continue;
    const partition = listAt(instant.sample, 'viosUtil').find((other) => Number(other.id) === number);
    for (const pool of listAt(objectAt(vios, 'storage'), 'sharedStoragePools')) {
      const id = textAt(pool, 'id') ?? '';
      const may = expectations.optionallyOf(id, time);
      may('powervm.ssp.info', 1, { 'powervm.ssp.name': textAt(pool, 'name') });
      emitMebibytes(may, 'powervm.ssp.size', pool, 'totalSpace');
      emitMebibytes(may, 'powervm.ssp.usage', pool, 'usedSpace');
      // Without its UUID no one could tell the traffic of one VIOS from that of another.
      const emit = expectations.of(id, time);
      if (partition) emitStorage(emit, 'powervm.ssp', pool, { 'powervm.vios.id': uuidAt(partition, 'uuid') });
    }
  }
}
