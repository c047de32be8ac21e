import { describe, expect, test } from 'vitest';
import { mayGainRates } from '../../../src/receiver/polling/first-rates.ts';
import { HALF_MINUTE } from '../../helpers/document-console.ts';
import { lpar, type PhypParts, phyp, START, storage, vea, vios, viosPartition } from '../../helpers/documents.ts';
import { inspectPolls, type Poll } from '../../helpers/frames.ts';

const ADAPTER = 'U9009.42A.ZZ1-V5-C2';

function partition(time: number, overrides: Record<string, unknown> = {}) {
  return lpar(time, {
    network: { virtualEthernetAdapters: [vea(ADAPTER)] },
    storage: {
      genericVirtualAdapters: [{ physicalLocation: 'U9009.42A.ZZ1-V5-C3', viosId: 1, viosAdapterSlotId: 30 }],
    },
    ...overrides,
  });
}

function server(time: number): string {
  const adapter = { id: 'vhost0', type: 'virtual', physicalLocation: 'U9009.42A.ZZ1-V1-C30', ...storage() };
  return vios(time, { storage: { genericVirtualAdapters: [adapter] } });
}

const everything = (time: number): PhypParts => ({ lpars: [partition(time)], vioses: [viosPartition(time)] });

/** Whether an older instant would help, after an instant of these parts and a whole one. */
function wouldHelp(older: Partial<PhypParts>, changes: Partial<Poll> = {}): boolean {
  const time = START;
  const next = time + HALF_MINUTE;
  const [first, second] = inspectPolls([
    { time, phyp: phyp(time, { ...everything(time), ...older }), vioses: [server(time)], ...changes },
    { time: next, phyp: phyp(next, everything(next)), vioses: [server(next)] },
  ]);
  if (!first || !second) throw new Error('two instants make two activities');
  expect(second.partitions.flatMap(({ disks }) => disks)).toHaveLength(1);
  return mayGainRates(first, second);
}

const without = (name: string) => {
  const processor = { ...(partition(START).processor as Record<string, unknown>), [name]: null };
  return partition(START, { processor });
};

describe('an older instant', () => {
  test.each<[string, Partial<PhypParts>, Partial<Poll>]>([
    ['everything is there', {}, {}],
    ['a partition is new', { lpars: [] }, {}],
    ['a partition was powered off', { lpars: [partition(START, { state: 'Not Activated', processor: {} })] }, {}],
    ['an adapter is new', { lpars: [partition(START, { network: { virtualEthernetAdapters: [] } })] }, {}],
    ['a VIOS was off', { vioses: [viosPartition(START, { state: 'Not Activated' })] }, { vioses: [] }],
  ])('does not help where %s', (_what, older, changes) => {
    expect(wouldHelp(older, changes)).toBe(false);
  });

  test.each<[string, Partial<PhypParts>, Partial<Poll>]>([
    ['a counter could not be read', { lpars: [without('utilizedCappedProcCycles')] }, {}],
    ['the list of partitions could not be read', { sample: { lparsUtil: '?' } }, {}],
    ['a VIOS at work had no document', {}, { vioses: [] }],
    [
      'the adapters could not be read',
      { lpars: [partition(START, { network: { virtualEthernetAdapters: 'none' } })] },
      {},
    ],
    [
      'a counter of an adapter could not be read',
      { lpars: [partition(START, { network: { virtualEthernetAdapters: [vea(ADAPTER, { sentBytes: null })] } })] },
      {},
    ],
  ])('helps where %s', (_what, older, changes) => {
    expect(wouldHelp(older, changes)).toBe(true);
  });
});
