import { expect, test } from 'vitest';
import { unknownClocks, validateTimes } from '../../../src/pcm/assembly/source-times.ts';
import { parseHypervisorDocument, parseViosDocument } from '../../../src/pcm/index.ts';
import type { PcmDocument } from '../../../src/pcm/model.ts';
import { phyp, START, vios } from '../../helpers/documents.ts';

const HOUR = 3_600_000;

/** Which of the instants, half a minute apart, are believed when the inner times are so much off. */
function valid(
  offsets: readonly number[],
  read: (time: number) => PcmDocument = (time) => parseHypervisorDocument(phyp(time)),
): number[] {
  let clocks = unknownClocks;
  return offsets.flatMap((offset, index) => {
    const listedAt = START + index * 30_000;
    const result = validateTimes(clocks, [{ listedAt, document: read(listedAt + offset) }]);
    clocks = result.clocks;
    expect(result.valid.length + result.invalidTimes.length).toBe(1);
    return result.valid.length === 1 ? [index] : [];
  });
}

test('document times may differ by hours from the feed, as long as the difference is stable', () => {
  expect(valid([0, 0, 1000, -2000])).toEqual([0, 1, 2, 3]);
  expect(valid([-5 * HOUR, -5 * HOUR, -5 * HOUR])).toEqual([0, 1, 2]);
});

test('one document with a wrong time is skipped without affecting later ones', () => {
  expect(valid([0, 8_000 * HOUR, 0, 0])).toEqual([0, 2, 3]);
  expect(valid([0, -500_000 * HOUR, 0, 0])).toEqual([0, 2, 3]);
});

test('a clock that was set is accepted with the second document', () => {
  expect(valid([0, 0, HOUR, HOUR, HOUR])).toEqual([0, 1, 3, 4]);
  expect(valid([0, 0, -HOUR, -HOUR, -HOUR])).toEqual([0, 1, 3, 4]);
});

test('a first document with a wrong time hides one valid document', () => {
  expect(valid([8_000 * HOUR, 0, 0])).toEqual([0, 2]);
});

test('every source has its own clock', () => {
  expect(valid([2 * HOUR, 2 * HOUR], (time) => parseViosDocument(vios(time)))).toEqual([0, 1]);
  const documents = [parseHypervisorDocument(phyp(START)), parseViosDocument(vios(START + 2 * HOUR))];
  const { invalidTimes } = validateTimes(
    unknownClocks,
    documents.map((document) => ({ listedAt: START, document })),
  );
  expect(invalidTimes).toEqual([]);
});
