import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstInstants, type ListedEntry, newEntries } from '../../../src/pcm/assembly/download-plan.ts';
import { assemble, emptyAssembly, parseHypervisorDocument, parseViosDocument } from '../../../src/pcm/index.ts';
import { HALF_MINUTE, timeOf } from '../../helpers/document-console.ts';
import { phyp, vios } from '../../helpers/documents.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';

const entry = (category: ListedEntry['category'], instant: number, viosNumber?: number): ListedEntry => ({
  category,
  viosNumber,
  listedAt: timeOf(instant),
});
const nothing = emptyAssembly(SYSTEM_ID);
/** As `phyp 3`, `vios_1 3`. */
const names = (entries: readonly ListedEntry[]) =>
  entries.map(({ category, viosNumber, listedAt }) => {
    const source = viosNumber === undefined ? category : `${category}_${viosNumber}`;
    return `${source} ${(listedAt - timeOf(0)) / HALF_MINUTE}`;
  });

describe('at first contact', () => {
  const feed = [0, 1, 2, 3].flatMap((instant) => [
    entry('phyp', instant),
    entry('vios', instant, 1),
    entry('energy', instant),
    ...(instant % 4 === 0 ? [entry('lpar', instant)] : []),
  ]);

  test('the newest two instants are wanted with what belongs to them, guest memory of before included', () => {
    expect(names(newEntries(nothing, feed)).sort()).toEqual(
      ['energy 2', 'energy 3', 'lpar 0', 'phyp 2', 'phyp 3', 'vios_1 2', 'vios_1 3'].sort(),
    );
  });

  test('more instants where they are asked for, or all since a time', () => {
    const instants = (options: Parameters<typeof newEntries>[2]) =>
      names(newEntries(nothing, feed, options)).filter((name) => name.startsWith('phyp'));
    expect(instants({ instants: 3 })).toEqual(['phyp 1', 'phyp 2', 'phyp 3']);
    expect(instants({ since: timeOf(0) })).toEqual(['phyp 1', 'phyp 2', 'phyp 3']);
  });

  test('nothing where there is no instant', () => {
    expect(newEntries(nothing, [entry('vios', 1, 1), entry('lpar', 1)])).toEqual([]);
  });

  test('guest memory that is too old to describe an instant is not wanted', () => {
    expect(names(newEntries(nothing, [entry('lpar', 0), entry('phyp', 6)]))).toEqual(['phyp 6']);
    expect(names(newEntries(nothing, [entry('lpar', 1), entry('phyp', 6)]))).toEqual(['lpar 1', 'phyp 6']);
  });
});

describe('later', () => {
  const { state } = assemble(nothing, [
    { listedAt: timeOf(5), document: parseHypervisorDocument(phyp(timeOf(5))) },
    { listedAt: timeOf(5), document: parseViosDocument(vios(timeOf(5))) },
  ]);

  test('what is newer than the newest of its source is wanted, and of a new source what may still belong to an instant', () => {
    const feed = [
      ...[4, 5, 6].flatMap((instant) => [entry('phyp', instant), entry('vios', instant, 1)]),
      ...[3, 4, 4.5, 5].map((instant) => entry('vios', instant, 2)),
      ...[0, 0.5, 1].map((instant) => entry('energy', instant)),
    ];
    expect(names(newEntries(state, feed))).toEqual([
      'energy 0.5',
      'energy 1',
      'vios_2 4.5',
      'vios_2 5',
      'phyp 6',
      'vios_1 6',
    ]);
  });

  test('a long backlog is cut behind so many instants, with what belongs to them', () => {
    const feed = [6, 7, 8].flatMap((instant) => [entry('phyp', instant), entry('vios', instant + 0.1, 1)]);
    expect(names(firstInstants(feed, 2))).toEqual(['phyp 6', 'vios_1 6.1', 'phyp 7', 'vios_1 7.1']);
    expect(firstInstants(feed, 5)).toEqual(feed);
  });
});

test('the plan does not depend on the order of the feed, and is oldest first', () => {
  const feed = [0, 1, 2, 3, 4].flatMap((instant) => [
    entry('phyp', instant),
    entry('vios', instant + 0.03, 1),
    entry('vios', instant + 0.06, 2),
    entry('energy', instant + 0.09),
  ]);
  const plan = newEntries(nothing, feed, { instants: 3 });
  fc.assert(
    fc.property(fc.shuffledSubarray(feed, { minLength: feed.length }), (shuffled) => {
      expect(newEntries(nothing, shuffled, { instants: 3 })).toEqual(plan);
    }),
    { numRuns: 50 },
  );
  expect([...plan].sort((left, right) => left.listedAt - right.listedAt)).toEqual(plan);
});
