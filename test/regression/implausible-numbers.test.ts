import { describe, expect, test } from 'vitest';
import { Outages } from '../../src/receiver/cursors/outages.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * A number may be implausible without being malformed. A timebase ten times too great counted millions of lost samples
 * one by one, with nothing else done meanwhile; a document dated ten minutes ahead made the next twenty old.
 */
const MINUTE = 60_000;

async function run(spoil: (text: string) => string) {
  const time = await simulatedTime({ lpars: 2 });
  const { clock, simulator } = time;
  const count = simulator.intercept;
  simulator.intercept = (request) => {
    count?.(request);
    const name = request.path.split('/').at(-1) ?? '';
    return name.includes('_phyp_20260304T120230') ? { body: spoil(simulator.document(name) ?? '') } : undefined;
  };
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const cursor = receiver.cursor('exporter');
  await receiver.start();
  await time.settle();
  await time.pass(6 * MINUTE);
  const pending = cursor.pending().filter(({ sample }) => sample.fresh.hypervisor);
  const stamps = pending.map((activity) => new Date(activity.time).toISOString().slice(11, 19));
  const gaps = receiver.statistics().systems.flatMap((system) => system.gaps);
  return { pending, stamps, gaps };
}

const times = (field: string, factor: number) => (text: string) =>
  text.replace(
    new RegExp(`("${field}":\\s*)(\\d+)`),
    (_, name, number) => `${name}${Math.round(Number(number) * factor)}`,
  );

const good = ['12:01:30', '12:02:00', '12:03:00', '12:03:30', '12:04:00', '12:05:00', '12:05:30'];

describe('one number of one document', () => {
  test.each([
    ['a timebase that is doubled', times('timeBasedCycles', 2)],
    ['ten times the timebase', times('timeBasedCycles', 10)],
    ['a timebase ahead by a fifth', times('timeBasedCycles', 1.2)],
    ['a timebase ahead by a minute or so', times('timeBasedCycles', 1.0001)],
    ['a tenth of the timebase', times('timeBasedCycles', 0.1)],
    ['a frequency in kilohertz', times('procCyclesPerSecond', 0.001)],
    ['a thousand times the frequency', times('procCyclesPerSecond', 1000)],
    ['a timebase of next to nothing', times('timeBasedCycles', 1e-9)],
  ])('%s loses no other instant', async (_what, spoil) => {
    const { pending, stamps, gaps } = await run(spoil);
    expect(stamps).toEqual(expect.arrayContaining(good));
    expect(gaps.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(1);
    for (const { partitions } of pending) {
      for (const { processor } of partitions) {
        if (processor.consumed !== undefined) expect(processor.consumed).toBeLessThan(16);
      }
    }
  });

  test.each([
    ['ten minutes ahead', '12:12:30'],
    ['five minutes ahead', '12:07:30'],
    ['a minute ahead', '12:03:30'],
    ['ten minutes behind', '11:52:30'],
  ])('a document dated %s is skipped and reported', async (_what, wrong) => {
    const { stamps, gaps } = await run((text) => text.replaceAll('T12:02:30', `T${wrong}`));
    expect(stamps).toEqual(expect.arrayContaining(good));
    expect(stamps).toEqual([...stamps].sort());
    expect(gaps).toEqual([{ cursor: 'exporter', cause: 'document_failed', count: 1 }]);
  });
});

test('causes of lost samples are counted without visiting each', () => {
  const now = Date.parse('2026-03-04T12:00:00Z');
  const outages = new Outages(now - 60 * MINUTE);
  outages.note(now - 20 * MINUTE, 'POWERVM_CONSOLE_UNREACHABLE');
  outages.end(now - 5 * MINUTE);
  const count = 1_000_000_000;
  const lost = { first: now - (count - 1) * 30_000, count, interval: 30_000, returnedSince: undefined };
  const causes = outages.causesOf(lost, now);
  expect([...causes.values()].reduce((sum, samples) => sum + samples, 0)).toBe(count);
  const each = new Map<string, number>();
  const from = count - 400;
  for (let index = from; index < count; index += 1) {
    for (const [cause] of outages.causesOf({ ...lost, first: lost.first + index * 30_000, count: 1 }, now)) {
      each.set(cause, (each.get(cause) ?? 0) + 1);
    }
  }
  const last = outages.causesOf({ ...lost, first: lost.first + from * 30_000, count: 400 }, now);
  expect(last).toEqual(each);
});
