import { partitionType } from './frames.ts';
import type { InventoryAnswers } from './inventory.ts';
import { type Expectations, MEBIBYTE, quotient, type Say } from './point.ts';
import { findPartition, isMasked, processorUse, toldOf } from './processors.ts';
import { counterAt, numberAt, objectAt, type RawObject, textAt, timeAt, uuidAt } from './raw-json.ts';
import { cyclesPerSecond, type Instant } from './story.ts';

/** catalog.md, "Partitions", as far as the hypervisor's own document and the guests tell it. */
export function expectPartitions(instant: Instant, inventory: InventoryAnswers, expectations: Expectations): void {
  for (const { element, isVios } of toldOf(instant)) {
    const id = uuidAt(element, 'uuid') ?? '';
    const say = expectations.of(id, instant.time);
    expectProcessor(say, instant, element, isVios && isMasked(instant, element));
    expectVirtualProcessors(say, instant, element, inventory);
    expectMemory(say, element, isVios);
    expectState(say, instant, element);
    expectInformation(say, instant, element, isVios, inventory);
    const guest = instant.guests.find((other) => uuidAt(other, 'uuid') === id);
    if (guest) expectGuest(expectations, guest, isVios);
  }
}

function expectProcessor(say: Say, instant: Instant, element: RawObject, masked: boolean): void {
  const processor = objectAt(element, 'processor');
  const seconds = (name: string) => {
    const cycles = counterAt(processor, name);
    return cycles === undefined ? undefined : Number(cycles) / cyclesPerSecond(instant);
  };
  say('powervm.lpar.cpu.time', seconds('utilizedCappedProcCycles'), { 'cpu.mode': 'capped' });
  say('powervm.lpar.cpu.time', seconds('utilizedUnCappedProcCycles'), { 'cpu.mode': 'uncapped' });
  say('powervm.lpar.cpu.idle.time', seconds('idleProcCycles'));
  say('powervm.lpar.cpu.donated.time', seconds('donatedProcCycles'));
  say('powervm.lpar.cpu.entitled.time', seconds('entitledProcCycles'));
  say('powervm.lpar.cpu.dispatch_wait', counterAt(processor, 'timeSpentWaitingForDispatch'));
  say('powervm.lpar.cpu.instructions', counterAt(processor, 'totalInstructions'));
  say('powervm.lpar.cpu.virtual_processor.max', numberAt(processor, 'maxVirtualProcessors'));
  say('powervm.lpar.cpu.processor_unit.max', numberAt(processor, 'maxProcUnits'));
  say('powervm.lpar.cpu.weight', numberAt(processor, 'weight'));
  say('powervm.lpar.affinity_score', numberAt(element, 'affinityScore'));
  const use = processorUse(instant, element, masked);
  say('powervm.lpar.cpu.consumed', use.consumed);
  say('powervm.lpar.cpu.busy', use.busy);
  say('powervm.lpar.cpu.entitlement', use.entitlement);
  say('powervm.lpar.cpu.utilization', use.utilization);
  say('powervm.lpar.cpu.consumed_utilization', use.consumedUtilization);
}

function expectVirtualProcessors(say: Say, instant: Instant, element: RawObject, inventory: InventoryAnswers): void {
  const count = inventory.virtualProcessors(instant, uuidAt(element, 'uuid') ?? '');
  say('powervm.lpar.cpu.virtual_processor.count', count);
  const dedicated = inventory.dedicatedProcessors(instant, uuidAt(element, 'uuid') ?? '');
  say('powervm.lpar.cpu.dedicated_processor.count', dedicated);
  const { consumed } = processorUse(instant, element, true);
  say('powervm.lpar.cpu.virtual_processor.utilization', quotient(consumed, count));
}

function expectMemory(say: Say, element: RawObject, isVios: boolean): void {
  const memory = objectAt(element, 'memory');
  const mebibytes = (name: string) => (numberAt(memory, name) ?? Number.NaN) * MEBIBYTE;
  say('powervm.lpar.memory.limit', mebibytes(isVios ? 'assignedMem' : 'logicalMem'));
  say('powervm.lpar.memory.backed', mebibytes('backedPhysicalMem'));
}

/** 1 for the present state, 0 for the state just left, once. */
function expectState(say: Say, instant: Instant, element: RawObject): void {
  const id = uuidAt(element, 'uuid') ?? '';
  const before = instant.before?.told.has(id) ? findPartition(instant.before, id) : undefined;
  const state = textAt(element, 'state');
  const left = before && textAt(before, 'state');
  say('powervm.lpar.status', 1, { 'powervm.lpar.state': state });
  if (left !== undefined && left !== state) say('powervm.lpar.status', 0, { 'powervm.lpar.state': left });
}

/** What describes the partition now, and once more what has just been replaced. */
function expectInformation(
  say: Say,
  instant: Instant,
  element: RawObject,
  isVios: boolean,
  inventory: InventoryAnswers,
): void {
  const id = uuidAt(element, 'uuid') ?? '';
  const before = instant.before?.told.has(id) ? instant.before : undefined;
  const now = describe(instant, element, isVios, inventory);
  say('powervm.lpar.info', 1, now);
  const earlier = before && findPartition(before, id);
  if (!before || !earlier) return;
  const then = describe(before, earlier, isVios, inventory);
  if (JSON.stringify(then) !== JSON.stringify(now)) say('powervm.lpar.info', 0, then);
}

function describe(instant: Instant, element: RawObject, isVios: boolean, inventory: InventoryAnswers) {
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
  const say = expectations.of(uuidAt(guest, 'uuid') ?? '', timeAt(guest, 'timeStamp'));
  const memory = objectAt(guest, 'memory');
  const value = (name: string) => numberAt(memory, name) ?? Number.NaN;
  const total = value('realMemSizeBytes');
  say('powervm.lpar.memory.os.limit', total);
  if (!isVios) {
    // RMC tells whole percents, the catalog wants whole bytes.
    say('powervm.lpar.memory.usage', Math.round(total * (1 - value('pctRealMemAvbl') / 100)));
    say('powervm.lpar.memory.utilization', 1 - value('pctRealMemAvbl') / 100);
  }
  say('powervm.lpar.memory.free', Math.round((total * value('pctRealMemFree')) / 100));
  say('powervm.lpar.memory.swap.limit', value('totalPgSpSizeCount') * 4096);
  say('powervm.lpar.memory.swap.usage', (value('totalPgSpSizeCount') - value('totalPgSpFreeCount')) * 4096);
  for (const [name, direction, space] of [
    ['vmPgInRate', 'in', 'file'],
    ['vmPgOutRate', 'out', 'file'],
    ['vmPgSpInRate', 'in', 'swap'],
    ['vmPgSpOutRate', 'out', 'swap'],
  ] as const) {
    if (value(name) === -1) continue;
    say('powervm.lpar.memory.paging.rate', value(name), {
      'powervm.paging.direction': direction,
      'powervm.paging.space': space,
    });
  }
}
