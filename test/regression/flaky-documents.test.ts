import { expect, test } from 'vitest';
import type { FrameActivity } from '../../src/inspector/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * A console that answered documents with 500 now and then lost samples that PCM still had: each was asked for three times,
 * and some frame sums were those of the VIOSes that happened to come.
 */
const MINUTE = 60_000;
const START = Date.parse('2026-03-04T12:00:10Z');

async function read(faults: object[]) {
  const time = await simulatedTime(
    { lpars: 3, vioses: 2, seed: 'flaky', scenario: { faults }, scenarioStart: START },
    START,
  );
  const { clock, simulator } = time;
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const newest = new Map<number, FrameActivity>();
  receiver.subscribe('exporter', {
    take: ({ activity, acknowledge }) => {
      // A document of a VIOS that comes after the next instant brings nothing of the frame.
      if (activity.previousTime !== undefined) newest.set(activity.time, activity);
      acknowledge();
      return true;
    },
    hasCapacity: () => true,
  });
  await receiver.start();
  await time.settle();
  await time.pass(14 * MINUTE);
  return { newest, statistics: receiver.statistics() };
}

test.each([
  ['500', { status: 500, message: 'Unknown internal error.' }],
  ['503', { status: 503 }],
  ['a broken connection', { reset: 'within' }],
])('documents that fail with %s six times out of ten are still read, with the same sums', async (_what, fault) => {
  const disturbed = await read([{ at: '2m', lasts: '8m', requests: ['document'], probability: 0.6, ...fault }]);
  const reference = await read([]);
  expect(disturbed.statistics.systems.flatMap(({ gaps }) => gaps)).toEqual([]);
  const until = START + 13 * MINUTE;
  const instants = (of: typeof reference) => [...of.newest.keys()].filter((time) => time < until);
  expect(instants(disturbed)).toEqual(instants(reference));
  for (const [time, { system, sample }] of reference.newest) {
    const other = disturbed.newest.get(time);
    if (!other || time >= until) continue;
    // Where a document of a VIOS did not come, what needs it is absent and not smaller.
    const isWhole = other.sample.vioses.size === sample.vioses.size;
    for (const what of ['consumed', 'busy', 'utilization'] as const) {
      const sum = other.system.processor[what];
      if (isWhole || sum !== undefined) expect(sum).toBe(system.processor[what]);
    }
  }
});
