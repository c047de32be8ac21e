import { describe, expect, test } from 'vitest';
import { hasArrived, movesTo, presenceState } from '../../src/inspector/partition/mobility.ts';
import { lpar, phyp, START } from '../helpers/documents.ts';
import { lastFrame } from '../helpers/frames.ts';

const NEXT = START + 30_000;
const processorOf = (time: number) => (lpar(time) as { processor: object }).processor;
const zeros = {
  maxVirtualProcessors: 0,
  entitledProcCycles: 0,
  utilizedCappedProcCycles: 0,
  utilizedUnCappedProcCycles: 0,
  idleProcCycles: 0,
};

type Entry = Record<string, unknown>;

/** The partition in the second of two samples. */
function seen(entry: (time: number) => Entry | undefined) {
  const poll = (time: number) => ({ time, phyp: phyp(time, { lpars: [entry(time) ?? []].flat() }) });
  const frame = lastFrame([poll(START), poll(NEXT)]);
  const [partition] = frame.partitions;
  if (!partition) throw new Error('no partition came out');
  return { frame, partition };
}

const running = seen((time) => lpar(time));
const migratingOut = seen((time) => lpar(time, { state: 'Migrating - Running' }));
const awaited = seen((time) => lpar(time, { state: 'Migrating - Running', processor: zeros }));
const leftBehind = seen((time) => lpar(time, { state: 'Not Activated', processor: processorOf(START) }));
const frozen = seen((time) => lpar(time, { processor: processorOf(START) }));
const arrived = seen((time) => lpar(time, time === START ? { processor: zeros } : {}));
const appeared = seen((time) => (time === START ? undefined : lpar(time)));

describe('the presence of a partition on a system', () => {
  test.each([
    ['running', running, 'active', false],
    ['on its way out, with counters that go on', migratingOut, 'active', false],
    ['awaited, with zeros and no pool, whatever its state is called', awaited, 'placeholder', false],
    ['left behind', leftBehind, 'resting', false],
    ['still called Running, with counters that stand still', frozen, 'resting', false],
    ['just arrived in its placeholder', arrived, 'active', true],
    ['just arrived out of nothing', appeared, 'active', true],
  ] as const)('%s', (_what, { frame, partition }, presence, hasJustArrived) => {
    expect(presenceState(partition)).toBe(presence);
    expect(hasArrived(partition, frame)).toBe(hasJustArrived);
  });

  test('the first sample of a system proves no arrivals', () => {
    const frame = lastFrame([{ time: START, phyp: phyp(START) }]);
    expect(frame.partitions.map((partition) => hasArrived(partition, frame))).toEqual([false]);
  });
});

test('a partition moves to the system with the stronger presence or a fresh arrival, otherwise it stays', () => {
  expect(movesTo('active', 'placeholder', false)).toBe(false);
  expect(movesTo('active', 'active', false)).toBe(false);
  expect(movesTo('active', 'active', true)).toBe(true);
  expect(movesTo('active', 'resting', true)).toBe(false);
  expect(movesTo('resting', 'active', false)).toBe(true);
  expect(movesTo('resting', 'resting', false)).toBe(false);
  expect(movesTo('placeholder', 'resting', false)).toBe(true);
});
