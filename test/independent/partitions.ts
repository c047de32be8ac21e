import { partitionType } from './frames.ts';
import type { InventoryResponses } from './inventory.ts';
import { type Emit, type Expectations, MEBIBYTE, quotient } from './point.ts';
import { findPartition, isMasked, processorUse, reportedPartitions } from './processors.ts';
import { counterAt, numberAt, objectAt, type RawObject, textAt, timeAt, uuidAt } from './raw-json.ts';
import { cyclesPerSecond, type Instant } from './story.ts';

/** docs/metrics.md#partitions-lpar-and-vios, as far as the hypervisor's own document and the guests tell it. */
export function expectPartitions(instant: Instant, inventory: InventoryResponses, expectations: Expectations): void {
  for (const { element, isVios } of reportedPartitions(instant)) {
    const id = uuidAt(element, 'uuid') ?? '';
    const emit = expectations.of(id, instant.time);
    expectProcessor(emit, instant, element, isVios && isMasked(instant, element));
    expectVirtualProcessors(emit, instant, element, inventory);
    expectMemory(emit, element, isVios);
    expectState(emit, instant, element);
    expectInformation(emit, instant, element, isVios, inventory);
    const guest = instant.guests.find((other) => uuidAt(other, 'uuid') === id);
    if (guest) expectGuest(expectations, guest, isVios);
  }
}

function expectProcessor(emit: Emit, instant: Instant, element: RawObject, masked: boolean): void {
  const processor = objectAt(element, 'processor');
  const seconds = (name: string) => {
    const cycles = counterAt(processor, name);
    return cycles === undefined ? undefined : Number(cycles) / cyclesPerSecond(instant);
  };
  emit('powervm.lpar.cpu.time', seconds('utilizedCappedProcCycles'), { 'cpu.mode': 'capped' });
  emit('powervm.lpar.cpu.time', seconds('utilizedUnCappedProcCycles'), { 'cpu.mode': 'uncapped' });
  emit('powervm.lpar.cpu.idle.time', seconds('idleProcCycles'));
  emit('powervm.lpar.cpu.donated.time', seconds('donatedProcCycles'));
  emit('powervm.lpar.cpu.entitled.time', seconds('entitledProcCycles'));
  emit('powervm.lpar.cpu.dispatch_wait', counterAt(processor, 'timeSpentWaitingForDispatch'));
  emit('powervm.lpar.cpu.instructions', counterAt(processor, 'totalInstructions'));
  emit('powervm.lpar.cpu.virtual_processor.max', numberAt(processor, 'maxVirtualProcessors'));
  emit('powervm.lpar.cpu.processor_unit.max', numberAt(processor, 'maxProcUnits'));
  emit('powervm.lpar.cpu.weight', numberAt(processor, 'weight'));
  emit('powervm.lpar.affinity_score', numberAt(element, 'affinityScore'));
  const use = processorUse(instant, element, masked);
  emit('powervm.lpar.cpu.consumed', use.consumed);
  emit('powervm.lpar.cpu.busy', use.busy);
  emit('powervm.lpar.cpu.entitlement', use.entitlement);
  emit('powervm.lpar.cpu.utilization', use.utilization);
  emit('powervm.lpar.cpu.consumed_utilization', use.consumedUtilization);
}

function expectVirtualProcessors(
  emit: Emit,
  instant: Instant,
  element: RawObject,
  inventory: InventoryResponses,
): void {
  const count = inventory.virtualProcessors(instant, uuidAt(element, 'uuid') ?? '');
  emit('powervm.lpar.cpu.virtual_processor.count', count);
  const dedicated = inventory.dedicatedProcessors(instant, uuidAt(element, 'uuid') ?? '');
  emit('powervm.lpar.cpu.dedicated_processor.count', dedicated);
  const { consumed } = processorUse(instant, element, true);
  emit('powervm.lpar.cpu.virtual_processor.utilization', quotient(consumed, count));
}

function expectMemory(emit: Emit, element: RawObject, isVios: boolean): void {
  const memory = objectAt(element, 'memory');
  const mebibytes = (name: string) => (numberAt(memory, name) ?? Number.NaN) * MEBIBYTE;
  emit('powervm.lpar.memory.limit', mebibytes(isVios ? 'assignedMem' : 'logicalMem'));
  emit('powervm.lpar.memory.backed', mebibytes('backedPhysicalMem'));
}

/** 1 for the present state, 0 for the state just left, once. */
function expectState(emit: Emit, instant: Instant, element: RawObject): void {
  const id = uuidAt(element, 'uuid') ?? '';
  const before = instant.before?.reported.has(id) ? findPartition(instant.before, id) : undefined;
  const state = textAt(element, 'state');
  const left = before && textAt(before, 'state');
  emit('powervm.lpar.status', 1, { 'powervm.lpar.state': state });
  if (left !== undefined && left !== state) emit('powervm.lpar.status', 0, { 'powervm.lpar.state': left });
}

/** What describes the partition now, and once more what has just been replaced. */
function expectInformation(
  emit: Emit,
  instant: Instant,
  element: RawObject,
  isVios: boolean,
  inventory: InventoryResponses,
): void {
  const id = uuidAt(element, 'uuid') ?? '';
  const before = instant.before?.reported.has(id) ? instant.before : undefined;
  const now = describe(instant, element, isVios, inventory);
  emit('powervm.lpar.info', 1, now);
  const earlier = before && findPartition(before, id);
  if (!before || !earlier) return;
  const then = describe(before, earlier, isVios, inventory);
  if (JSON.stringify(then) !== JSON.stringify(now)) emit('powervm.lpar.info', 0, then);
}

function describe(instant: Instant, element: RawObject, isVios: boolean, inventory: InventoryResponses) {
  const processor = objectAt(element, 'processor');
  const type = partitionType(element, isVios);
  return {
    'powervm.lpar.number': Number(element.id),
    'powervm.lpar.name': textAt(element, 'name'),
    'powervm.lpar.type': type,
    'powervm.lpar.sharing_mode': textAt(processor, 'mode'),
    'powervm.pool.id': processor.poolId === undefined ? undefined : Number(processor.poolId),
    'os.type': operatingSystem(type, inventory.operatingSystem(instant, uuidAt(element, 'uuid') ?? '')),
  };
}

/** Only the inventory knows AIX from Linux. */
function operatingSystem(type: string, description: string | undefined): string | undefined {
  if (type === 'ibm_i') return 'ibmi';
  if (description === undefined) return undefined;
  return description.startsWith('Linux') ? 'linux' : 'aix';
}

/** What RMC tells from inside; −1 is how it says that it does not know. Of a VIOS its own document tells the use. */
function expectGuest(expectations: Expectations, guest: RawObject, isVios: boolean): void {
  if (textAt(guest, 'timeStamp') === undefined || guest.errorInfo !== undefined) return;
  const emit = expectations.of(uuidAt(guest, 'uuid') ?? '', timeAt(guest, 'timeStamp'));
  const memory = objectAt(guest, 'memory');
  const value = (name: string) => numberAt(memory, name) ?? Number.NaN;
  const total = value('realMemSizeBytes');
  emit('powervm.lpar.memory.os.limit', total);
  if (!isVios) {
    // RMC tells whole percents, the catalog wants whole bytes.
    emit('powervm.lpar.memory.usage', Math.round(total * (1 - value('pctRealMemAvbl') / 100)));
    emit('powervm.lpar.memory.utilization', 1 - value('pctRealMemAvbl') / 100);
  }
  emit('powervm.lpar.memory.free', Math.round((total * value('pctRealMemFree')) / 100));
  emit('powervm.lpar.memory.swap.limit', value('totalPgSpSizeCount') * 4096);
  emit('powervm.lpar.memory.swap.usage', (value('totalPgSpSizeCount') - value('totalPgSpFreeCount')) * 4096);
  for (const [name, direction, space] of [
    ['vmPgInRate', 'in', 'file'],
    ['vmPgOutRate', 'out', 'file'],
    ['vmPgSpInRate', 'in', 'swap'],
    ['vmPgSpOutRate', 'out', 'swap'],
  ] as const) {
    if (value(name) === -1) continue;
    emit('powervm.lpar.memory.paging.rate', value(name), {
      'powervm.paging.direction': direction,
      'powervm.paging.space': space,
    });
  }
}
