import { emitStorage, NETWORK } from './adapters.ts';
import { type Emit, type Expectations, MEBIBYTE, quotient } from './point.ts';
import { isMasked } from './processors.ts';
import { counterAt, listAt, numberAt, objectAt, type RawObject, textAt, uuidAt } from './raw-json.ts';
import type { Instant } from './story.ts';

/** docs/metrics.md#vios-only, and the memory of a VIOS: all from its own document, at that document's time. */
export function expectVioses(instant: Instant, expectations: Expectations): void {
  for (const partition of listAt(instant.sample, 'viosUtil')) {
    const document = instant.vioses.get(Number(partition.id));
    if (!document || !instant.news.has(Number(partition.id))) continue;
    const emit = expectations.of(uuidAt(partition, 'uuid') ?? '', document.time);
    const used = numberAt(objectAt(document.vios, 'memory'), 'utilizedMem');
    if (used !== undefined && !isMasked(instant, partition)) {
      emit('powervm.lpar.memory.usage', used * MEBIBYTE);
      emit('powervm.lpar.memory.utilization', quotient(used, numberAt(objectAt(partition, 'memory'), 'assignedMem')));
    }
    expectEthernet(emit, objectAt(document.vios, 'network'));
    expectStorage(emit, objectAt(document.vios, 'storage'));
  }
}

function expectEthernet(emit: Emit, network: RawObject): void {
  const layers = [
    ['powervm.vios.sea', listAt(network, 'sharedAdapters')],
    ['powervm.vios.ethernet.physical', ofType(network, 'physical')],
  ] as const;
  for (const [prefix, adapters] of layers) {
    for (const adapter of adapters) {
      emitBytes(emit, `${prefix}.io`, adapter);
      for (const [direction, index] of NETWORK) {
        const packets = counterAt(adapter, ['receivedPackets', 'sentPackets'][index] ?? '');
        emit(`${prefix}.packet.count`, packets, { ...place(adapter), ...direction });
      }
      emit(`${prefix}.packet.dropped`, counterAt(adapter, 'droppedPackets'), place(adapter));
    }
  }
  for (const adapter of ofType(network, 'virtual')) emitBytes(emit, 'powervm.vios.ethernet.virtual.io', adapter);
}

function ofType(network: RawObject, type: string): readonly RawObject[] {
  return listAt(network, 'genericAdapters').filter((adapter) => adapter.type === type);
}

function emitBytes(emit: Emit, metric: string, adapter: RawObject): void {
  for (const [direction, index] of NETWORK) {
    const bytes = counterAt(adapter, ['receivedBytes', 'sentBytes'][index] ?? '');
    emit(metric, bytes, { ...place(adapter), ...direction });
  }
}

function expectStorage(emit: Emit, storage: RawObject): void {
  for (const adapter of listAt(storage, 'fiberChannelAdapters')) {
    const wwpn = textAt(adapter, 'wwpn')?.toLowerCase();
    if (wwpn === undefined || /^0+$/.test(wwpn)) continue;
    const fixed = { ...place(adapter), 'powervm.adapter.wwpn': wwpn };
    emitStorage(emit, 'powervm.vios.fc', adapter, fixed);
    const speed = numberAt(adapter, 'runningSpeed');
    // 17 is how PCM writes 16.
    emit('powervm.vios.fc.speed', speed === undefined ? undefined : (speed === 17 ? 16 : speed) * 1e9, fixed);
  }
  for (const adapter of listAt(storage, 'genericPhysicalAdapters')) {
    if (!textAt(adapter, 'id')?.startsWith('fscsi')) emitStorage(emit, 'powervm.vios.disk', adapter, place(adapter));
  }
  for (const adapter of listAt(storage, 'genericVirtualAdapters')) {
    emitStorage(emit, 'powervm.vios.vscsi', adapter, place(adapter));
  }
}

function place(adapter: RawObject) {
  return {
    'powervm.adapter.id': textAt(adapter, 'id'),
    'powervm.adapter.location': textAt(adapter, 'physicalLocation'),
  };
}
