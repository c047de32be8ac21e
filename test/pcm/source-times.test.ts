import { expect, test } from 'vitest';
import { parseHypervisorDocument, parseViosDocument } from '../../src/pcm/index.ts';
import type { PcmDocument } from '../../src/pcm/model.ts';
import { believeTimes, unknownClocks } from '../../src/pcm/source-times.ts';
import { phyp, START, vios } from '../helpers/documents.ts';

const HOUR = 3_600_000;

/** Which of the instants, half a minute apart, are believed when the inner times are so much off. */
function believed(
  offsets: readonly number[],
  read: (time: number) => PcmDocument = (time) => parseHypervisorDocument(phyp(time)),
): number[] {
  let clocks = unknownClocks;
  return offsets.flatMap((offset, index) => {
    const listedAt = START + index * 30_000;
    const result = believeTimes(clocks, [{ listedAt, document: read(listedAt + offset) }]);
    clocks = result.clocks;
    expect(result.believed.length + result.misdated.length).toBe(1);
    return result.believed.length === 1 ? [index] : [];
  });
}

test('inner times may be hours from the feed, as long as they stay so', () => {
  expect(believed([0, 0, 1000, -2000])).toEqual([0, 1, 2, 3]);
  expect(believed([-5 * HOUR, -5 * HOUR, -5 * HOUR])).toEqual([0, 1, 2]);
});

test('one document of another time costs itself and nothing that follows', () => {
  expect(believed([0, 8_000 * HOUR, 0, 0])).toEqual([0, 2, 3]);
  expect(believed([0, -500_000 * HOUR, 0, 0])).toEqual([0, 2, 3]);
});

test('a clock that was set is believed with the second document', () => {
  expect(believed([0, 0, HOUR, HOUR, HOUR])).toEqual([0, 1, 3, 4]);
  expect(believed([0, 0, -HOUR, -HOUR, -HOUR])).toEqual([0, 1, 3, 4]);
});

test('a first document that is misdated hides one good one', () => {
  expect(believed([8_000 * HOUR, 0, 0])).toEqual([0, 2]);
});

test('every source has its own clock', () => {
  expect(believed([2 * HOUR, 2 * HOUR], (time) => parseViosDocument(vios(time)))).toEqual([0, 1]);
  const documents = [parseHypervisorDocument(phyp(START)), parseViosDocument(vios(START + 2 * HOUR))];
  const { misdated } = believeTimes(
    unknownClocks,
    documents.map((document) => ({ listedAt: START, document })),
  );
  expect(misdated).toEqual([]);
});
