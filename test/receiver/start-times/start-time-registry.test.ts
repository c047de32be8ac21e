import { describe, expect, it } from 'vitest';
import { type CounterValues, counterKinds } from '../../../src/inspector/counters/counter-kinds.ts';
import type { CounterGroup } from '../../../src/inspector/counters/timed.ts';
import { StartTimeRegistry } from '../../../src/receiver/start-times/start-time-registry.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function disk(id: string, time: number, counters: CounterValues, location = 'C2'): CounterGroup {
  return { owner: 'partition', kind: counterKinds.disk, id, location, source: 'phyp', time, counters };
}

/** As someone asks who has not seen the sample before. */
function startOf(registry: StartTimeRegistry, group: CounterGroup): number {
  registry.note(group.source, group.time);
  return registry.startOf(group, { previous: undefined, restarted: false });
}

describe('start-time registry', () => {
  it('finds the groups of an owner in whatever order they are asked for', () => {
    const registry = new StartTimeRegistry();
    const ids = ['a', 'b', 'c', 'd'];
    const begun = ids.map((id, index) => startOf(registry, disk(id, index + 1, { reads: 1 })));
    expect(begun).toEqual([1, 2, 3, 4]);
    for (const order of [ids, ['d', 'c', 'b', 'a'], ['b', 'd'], ['c', 'a', 'd', 'b']]) {
      const starts = order.map((id) => startOf(registry, disk(id, MINUTE, { reads: 2 })));
      expect(starts).toEqual(order.map((id) => ids.indexOf(id) + 1));
    }
  });

  it('takes a thing at another place for another thing, and finds the first one again', () => {
    const registry = new StartTimeRegistry();
    expect(startOf(registry, disk('a', 1, { reads: 1 }, 'C2'))).toBe(1);
    expect(startOf(registry, disk('a', 2, { reads: 1 }, 'C3'))).toBe(2);
    expect(startOf(registry, disk('a', 3, { reads: 1 }, 'C2'))).toBe(1);
  });

  it('forgets what has not come for a day and keeps the start times of the others', () => {
    const registry = new StartTimeRegistry();
    for (const [index, id] of ['a', 'b', 'c'].entries()) startOf(registry, disk(id, index + 1, { reads: 1 }));
    const later = DAY + MINUTE;
    const goOn = (id: string, startTime: number) =>
      registry.startOf(disk(id, later, { reads: 2 }), {
        previous: { time: 4, startTime, fresh: true },
        restarted: false,
      });
    expect([goOn('a', 1), goOn('c', 3)]).toEqual([1, 3]);
    registry.note('phyp', later);
    expect(registry.checkpoint().groups.map(([, name]) => name)).toEqual(['disk a C2', 'disk c C2']);
    const starts = ['a', 'b', 'c'].map((id) => startOf(registry, disk(id, later + 1, { reads: 2 })));
    expect(starts).toEqual([1, later + 1, 3]);
  });

  it('continues from a record where nothing has fallen, and starts again where a counter has', () => {
    const registry = new StartTimeRegistry();
    startOf(registry, disk('a', 1, { reads: 10, writes: 10 }));
    startOf(registry, disk('b', 1, { reads: 10, writes: 10 }));
    const restored = new StartTimeRegistry();
    restored.restore(JSON.parse(JSON.stringify(registry.checkpoint())));
    expect(startOf(restored, disk('a', MINUTE, { reads: 10, writes: 11 }))).toBe(1);
    expect(startOf(restored, disk('b', MINUTE, { reads: 9, writes: 11 }))).toBe(MINUTE);
  });

  it('compares a counter that the last document left out with what was said before', () => {
    const registry = new StartTimeRegistry();
    startOf(registry, disk('a', 1, { reads: 10, writes: 10 }));
    startOf(registry, disk('a', 2, { reads: 10 }));
    expect(startOf(registry, disk('a', 3, { reads: 10, writes: 10 }))).toBe(1);
    startOf(registry, disk('a', 4, { reads: 10 }));
    expect(startOf(registry, disk('a', 5, { reads: 10, writes: 9 }))).toBe(5);
  });

  it('takes no counters from a record of a release that wrote others, but the start time', () => {
    const registry = new StartTimeRegistry();
    const run = [1, 2, 0, 0, [100, 100, 100, 100, null, null, null, null]] as const;
    registry.restore({ sources: { phyp: 2 }, groups: [['partition', 'disk a C2', [run]]] });
    expect(startOf(registry, disk('a', 3, { reads: 5 }))).toBe(1);
  });

  it.each(Object.values(counterKinds))(
    'knows of $name whether each of its counters is there',
    ({ counters, isWhole }) => {
      const whole: CounterValues = Object.fromEntries(counters.map((name) => [name, 0]));
      expect(isWhole(whole)).toBe(true);
      for (const name of counters) expect(isWhole({ ...whole, [name]: undefined })).toBe(false);
    },
  );
});
