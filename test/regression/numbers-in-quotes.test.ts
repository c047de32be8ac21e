import { expect, test } from 'vitest';
import { parseHypervisorDocument } from '../../src/pcm/index.ts';
import { lpar, phyp, START } from '../helpers/documents.ts';

/** A partition of which counter, gauge and identifier are written in the same way. */
function readWith(write: (digits: string) => unknown) {
  const whole = lpar(START);
  const document = phyp(START, {
    lpars: [
      {
        ...whole,
        id: write('5'),
        memory: { logicalMem: write('4096') },
        processor: { ...(whole.processor as object), utilizedCappedProcCycles: write('123456789'), poolId: write('3') },
      },
    ],
  });
  const { partitions, problems } = parseHypervisorDocument(document);
  const [partition] = partitions;
  return {
    values: partition && [
      partition.number,
      partition.memory.logicalMib,
      partition.processor.cappedCycles,
      partition.processor.poolId,
    ],
    problems: problems.map(({ path }) => path.split('.').at(-1)),
  };
}

test('digits in quotes are a number, in counters, gauges and identifiers alike', () => {
  for (const write of [Number, String, (digits: string) => ` ${digits} `]) {
    expect(readWith(write)).toEqual({ values: [5, 4096, 123_456_789, 3], problems: [] });
  }
});

test('a counter in quotes keeps all of its digits', () => {
  const whole = lpar(START);
  const processor = { ...(whole.processor as object), utilizedCappedProcCycles: '9007199254740993' };
  const [partition] = parseHypervisorDocument(phyp(START, { lpars: [{ ...whole, processor }] })).partitions;
  expect(partition?.processor.cappedCycles).toBe(9_007_199_254_740_993n);
});

test('other text is not a number', () => {
  for (const text of ['-1', '1e3', '0x10', 'five', '', '1 2', '9'.repeat(50)]) {
    const { values, problems } = readWith((digits) => (digits === '5' ? 5 : text));
    expect(values, text).toEqual([5, undefined, undefined, undefined]);
    expect(problems, text).toEqual(['logicalMem', 'poolId', 'utilizedCappedProcCycles']);
  }
});
