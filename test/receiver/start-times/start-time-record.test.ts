import fc from 'fast-check';
import { expect, test } from 'vitest';
import { counterKinds } from '../../../src/inspector/counters/counter-kinds.ts';
import { kindOfName, type Run, recordOf, runOf } from '../../../src/receiver/start-times/start-time-record.ts';

const kinds = Object.values(counterKinds);
const counter = fc.option(fc.oneof(fc.nat(), fc.bigInt(2n ** 53n + 1n, 2n ** 64n - 1n)), { nil: undefined });

test('a run that was written down and read as JSON is the same run, counters above 2^53 included', () => {
  const cases = fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      counters: fc.record(Object.fromEntries(kind.counters.map((name) => [name, counter]))),
      startTime: fc.nat(),
      length: fc.nat(),
      isTentative: fc.boolean(),
      isClosed: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(cases, ({ kind, length, ...rest }) => {
      const run: Run = { ...rest, endTime: rest.startTime + length };
      const [owner, name, [record]] = JSON.parse(JSON.stringify(recordOf('owner', kind.name, kind, [run])));
      expect([owner, name]).toEqual(['owner', kind.name]);
      expect(runOf(record, kind)).toEqual(run);
    }),
    { numRuns: 100 },
  );
});

test('only the newest run of a group has counters, since only that one continues', () => {
  const kind = counterKinds.disk;
  const run = (startTime: number): Run => ({
    startTime,
    endTime: startTime + 1,
    counters: { reads: 1 },
    isTentative: false,
    isClosed: false,
  });
  const [, , runs] = recordOf('owner', kind.name, kind, [run(1), run(5)]);
  expect(runs.map(([start, , , , counters]) => [start, counters.length > 0])).toEqual([
    [1, false],
    [5, true],
  ]);
});

test('counters that another release wrote are not taken for others', () => {
  const { counters } = runOf([1, 2, 0, 0, [1]], counterKinds.disk);
  expect(Object.values(counters).every((value) => value === undefined)).toBe(true);
  const spoilt = runOf([1, 2, 0, 0, counterKinds.disk.counters.map(() => 'many')], counterKinds.disk);
  expect(Object.values(spoilt.counters).every((value) => value === undefined)).toBe(true);
});

test.each(kinds.map((kind) => [kind.name, kind] as const))(
  'the kind %s is found by the first word of a group',
  (name, kind) => {
    expect(kindOfName(`${name} a C2`)).toBe(kind);
    expect(kindOfName('unheard of')).toBeUndefined();
  },
);
