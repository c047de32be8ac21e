import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlacedGroup, placement } from '../../../src/fleet/groups/placement.ts';

const members = (count: number) => Array.from({ length: count }, (_, index) => `member-${index}`);

function groups(count: number, candidates: readonly string[], weight?: (index: number) => number): PlacedGroup[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `https://hmc${index}`,
    weight: weight?.(index),
    owner: undefined,
    candidates,
  }));
}

/** The same groups, read by those whom a placement names. */
function owned(all: readonly PlacedGroup[], places: ReadonlyMap<string, string>): PlacedGroup[] {
  return all.map((group) => ({ ...group, owner: places.get(group.id) }));
}

function loads(all: readonly PlacedGroup[], places: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { id, weight = 1 } of all) sums.set(places.get(id) ?? '', (sums.get(places.get(id) ?? '') ?? 0) + weight);
  return sums;
}

function moved(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...before].filter(([group, member]) => after.get(group) !== member).map(([group]) => group);
}

describe('the placement of groups', () => {
  test('does not depend on the order of members and groups', () => {
    const all = groups(30, members(5));
    const other = [...all].reverse().map((group) => ({ ...group, candidates: [...group.candidates].reverse() }));
    expect(new Map([...placement(other)].sort())).toEqual(new Map([...placement(all)].sort()));
  });

  test('gives no member more than a quarter above its share, by weight', () => {
    const all = groups(300, members(10), (index) => 1 + (index % 40));
    const total = all.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const sums = loads(all, placement(all));
    expect(sums.size).toBe(10);
    expect(Math.max(...sums.values())).toBeLessThanOrEqual((total / 10) * 1.25);
  });

  test('moves only what was read by a member that went', () => {
    const all = groups(60, members(6));
    const before = placement(all);
    const left = owned(all, before).map((group) => ({
      ...group,
      candidates: members(5),
      owner: group.owner === 'member-5' ? undefined : group.owner,
    }));
    const after = placement(left);
    const orphans = [...before].filter(([, member]) => member === 'member-5').map(([group]) => group);
    expect(orphans.length).toBeGreaterThan(0);
    expect([...moved(before, after)].sort()).toEqual(orphans.sort());
  });

  test('gives a member that comes no more than its share, and takes it from those who have too much', () => {
    const all = groups(60, members(5));
    const before = placement(all);
    const after = placement(owned(all, before).map((group) => ({ ...group, candidates: members(6) })));
    const changes = moved(before, after);
    expect(changes.every((group) => after.get(group) === 'member-5' || before.get(group) !== 'member-5')).toBe(true);
    expect(changes.length).toBeLessThanOrEqual(Math.ceil((60 / 6) * 1.25));
  });

  test('is stable once it was followed: no group moves again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }),
        (weights, count, owners) => {
          const all = groups(weights.length, members(count), (index) => weights[index] ?? 1);
          let places: ReadonlyMap<string, string> = new Map(
            all.map(({ id }, index) => [id, `member-${owners[index]}`] as const),
          );
          for (let round = 0; round < 3; round += 1) places = placement(owned(all, places));
          expect(placement(owned(all, places))).toEqual(places);
          expect(places.size).toBe(all.length);
        },
      ),
    );
  });

  test('gives a group only to members whose configuration has it', () => {
    const all = groups(20, members(4)).map((group, index) =>
      index < 5 ? { ...group, candidates: ['member-3'] } : group,
    );
    const places = placement(all);
    expect(all.slice(0, 5).map(({ id }) => places.get(id))).toEqual(Array(5).fill('member-3'));
    expect(placement([{ id: 'x', weight: 1, owner: undefined, candidates: [] }]).size).toBe(0);
  });
});
