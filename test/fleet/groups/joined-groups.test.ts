import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JoinedPair, placeJoined } from '../../../src/fleet/groups/joined-groups.ts';
import { type PlacedGroup, placement } from '../../../src/fleet/groups/placement.ts';

const MEMBERS = ['m0', 'm1', 'm2'];

function group(id: string, options: Partial<PlacedGroup> = {}): PlacedGroup {
  return { id, weight: 10, owner: undefined, candidates: MEMBERS, ...options };
}

const anyGroups = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
    weight: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
    owner: fc.option(fc.constantFrom(...MEMBERS), { nil: undefined }),
    candidates: fc.subarray(MEMBERS),
  }),
  { selector: ({ id }) => id },
);
const anyPairs = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('a', 'b', 'c', 'd', 'e')));

const owned = (groups: readonly PlacedGroup[], places: ReadonlyMap<string, string>) =>
  groups.map((one) => ({ ...one, owner: places.get(one.id) }));

test('without pairs it is the placement', () => {
  fc.assert(
    fc.property(anyGroups, (groups) => {
      expect(placeJoined(groups, [])).toEqual(placement(groups));
    }),
  );
});

test('the order in which groups and pairs are known does not matter', () => {
  fc.assert(
    fc.property(anyGroups, anyPairs, (groups, pairs) => {
      const turned = pairs.map(([one, other]): JoinedPair => [other, one]).reverse();
      const places = [...placeJoined(groups, pairs)].sort();
      expect([...placeJoined([...groups].reverse(), turned)].sort()).toEqual(places);
    }),
  );
});

test('a group is placed only on members that can read it, and on one wherever there is one', () => {
  fc.assert(
    fc.property(anyGroups, anyPairs, (groups, pairs) => {
      const places = placeJoined(groups, pairs);
      expect([...places.keys()].sort()).toEqual([...placement(groups).keys()].sort());
      for (const { id, candidates } of groups) if (places.has(id)) expect(candidates).toContain(places.get(id));
    }),
  );
});

test('two groups that see the same systems are read by one member, and stay with it', () => {
  const pairs: readonly JoinedPair[] = [['b', 'a']];
  const groups = [group('a', { owner: 'm0' }), group('b', { owner: 'm1' }), group('c', { owner: 'm2' }), group('d')];
  const places = placeJoined(groups, pairs);
  expect([places.get('a'), places.get('b')]).toEqual(['m0', 'm0']);
  expect(placeJoined(owned(groups, places), pairs)).toEqual(places);
  // The member with both has gone, and another one takes both.
  const left = owned(groups, places).map((one) => ({
    ...one,
    owner: one.owner === 'm0' ? undefined : one.owner,
    candidates: ['m1', 'm2'],
  }));
  const after = placeJoined(left, pairs);
  expect(after.get('a')).toBe(after.get('b'));
});

test('groups that no member could read together stay apart, and so do those of a long chain', () => {
  const apart = [group('a', { candidates: ['m0'] }), group('b', { candidates: ['m1'] })];
  expect([...placeJoined(apart, [['a', 'b']])]).toEqual([
    ['a', 'm0'],
    ['b', 'm1'],
  ]);
  const chain = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => group(id));
  const links = chain.slice(1).map(({ id }, index): JoinedPair => [chain[index]?.id ?? '', id]);
  expect(placeJoined(chain, links)).toEqual(placement(chain));
});
