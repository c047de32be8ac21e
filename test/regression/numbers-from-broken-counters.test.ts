import { expect, test } from 'vitest';
import { lpar, PARTITION_ID, phyp, START } from '../helpers/documents.ts';
import { lastFrame } from '../helpers/frames.ts';

const NEXT = START + 30_000;
const other = { id: 6, uuid: PARTITION_ID.replace('A', 'C'), name: 'web1' };

function withoutIdle(time: number) {
  const whole = lpar(time, other);
  const { idleProcCycles: _unknown, ...processor } = whole.processor as Record<string, unknown>;
  return { ...whole, processor };
}

test('a partition without idle counter does not lower the busy value of its system', () => {
  const poll = (time: number) => ({ time, phyp: phyp(time, { lpars: [lpar(time), withoutIdle(time)] }) });
  const { processor } = lastFrame([poll(START), poll(NEXT)]).system;
  expect(processor.consumed).toBeCloseTo(1.5);
  expect([processor.busy, processor.utilization]).toEqual([undefined, undefined]);
});

test.each([1, 9e15])('a timebase of %d does not change the rates of the system', (timeBasedCycles) => {
  const frame = lastFrame([
    { time: START, phyp: phyp(START) },
    { time: NEXT, phyp: phyp(NEXT, { sample: { timeBasedCycles } }) },
  ]);
  expect(frame.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
});

test('the timebase is accepted after an outage of hours', () => {
  const later = START + 5 * 3_600_000;
  const frame = lastFrame([
    { time: START, phyp: phyp(START) },
    { time: later, phyp: phyp(later) },
  ]);
  expect(frame.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
});
