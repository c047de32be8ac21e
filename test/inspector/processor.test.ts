import { describe, expect, test } from 'vitest';
import { lpar, phyp, START, viosPartition } from '../helpers/documents.ts';
import { lastFrame, lastPartition } from '../helpers/frames.ts';

const NEXT = START + 30_000;
const two = (lpars: (time: number) => Record<string, unknown>[]) => [
  { time: START, phyp: phyp(START, { lpars: lpars(START) }) },
  { time: NEXT, phyp: phyp(NEXT, { lpars: lpars(NEXT) }) },
];

describe('processor figures', () => {
  test('cover the interval of the sample', () => {
    const { processor } = lastPartition(two((time) => [lpar(time)]));
    expect(processor.consumed).toBeCloseTo(0.75);
    expect(processor.busy).toBeCloseTo(0.6);
    expect(processor.entitlement).toBeCloseTo(1);
    expect(processor.utilization).toBeCloseTo(0.6);
    expect(processor.consumedUtilization).toBeCloseTo(0.75);
  });

  test('are absent in the first sample, while counters are present', () => {
    const { processor } = lastPartition([{ time: START, phyp: phyp(START) }]);
    expect(processor.consumed).toBeUndefined();
    expect(processor.cappedCycles).toBe(512_000_000_000);
  });

  test('donated cycles are not subtracted from the consumption', () => {
    const donating = (time: number) => {
      const partition = lpar(time) as { processor: Record<string, number> };
      return { ...partition, processor: { ...partition.processor, donatedProcCycles: (time - START) * 256_000 } };
    };
    expect(lastPartition(two((time) => [donating(time)])).processor.busy).toBeCloseTo(0.6);
  });

  test('a restarted partition has no rate, and its counters restart', () => {
    const restarted = (time: number) => (time === START ? lpar(time) : lpar(time - 900_000));
    const partition = lastPartition(two((time) => [restarted(time)]));
    expect(partition.processor.consumed).toBeUndefined();
    expect(partition.startTime).toBe(NEXT);
  });

  test('a partition that has just arrived has no rate', () => {
    const arrived = two((time) =>
      time === START ? [lpar(time)] : [lpar(time, { uuid: '3A2B3C4D-0000-4000-8000-00000000000C', id: 9 }), lpar(time)],
    );
    expect(lastFrame(arrived).partitions[0]?.processor.consumed).toBeUndefined();
    expect(lastFrame(arrived).partitions[1]?.processor.consumed).toBeCloseTo(0.75);
  });

  test('zero entitlement means no utilization, not zero', () => {
    const off = (time: number) => ({
      ...lpar(time),
      processor: { ...(lpar(START) as { processor: object }).processor },
    });
    expect(lastPartition(two((time) => [off(time)])).processor.utilization).toBeUndefined();
  });

  test('a system total counts partitions and VIOSes', () => {
    const frame = lastFrame([
      { time: START, phyp: phyp(START, { vioses: [viosPartition(START)] }) },
      { time: NEXT, phyp: phyp(NEXT, { vioses: [viosPartition(NEXT)] }) },
    ]);
    expect(frame.system.processor.consumed).toBeCloseTo(1.5);
    // The VIOS has no document: how busy it was is not known, and neither is how busy the frame was.
    expect(frame.system.processor.busy).toBeUndefined();
  });
});
