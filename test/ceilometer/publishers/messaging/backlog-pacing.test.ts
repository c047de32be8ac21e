import { expect, test } from 'vitest';
import { ManualClock } from '../../../../src/base/clock/manual-clock.ts';
import { BacklogPacing, type QueueDepth } from '../../../../src/ceilometer/publishers/messaging/backlog-pacing.ts';
import { sampleOf } from '../../../helpers/samples.ts';

/**
 * What a queue says, one answer after the other, the last one forever. The real broker is in `npm run test:openstack`.
 */
function pacingOf(...answers: (QueueDepth | undefined)[]) {
  const clock = new ManualClock(0);
  let requested = 0;
  const pacing = new BacklogPacing(clock, async () => {
    requested += 1;
    return answers[Math.min(requested, answers.length) - 1];
  });
  const send = async (...resources: string[]) => {
    const samples = resources.map((resource) => sampleOf({ resource_id: resource }));
    let isSent = false;
    const sent = pacing.beforeSending(samples).then(() => {
      pacing.sent();
      isSent = true;
    });
    const began = clock.monotonic();
    while (!isSent && clock.monotonic() - began < 120_000) await clock.advance(250);
    await sent;
    return clock.monotonic() - began;
  };
  return { clock, send, requested: () => requested };
}

const busy = { messages: 7, consumers: 1 };
const empty = { messages: 0, consumers: 1 };
const near = (milliseconds: number) => expect.toSatisfy((waited: number) => Math.abs(waited - milliseconds) <= 500);

test('a second interval of a resource waits until the queue is drained, plus one second', async () => {
  const { send, requested } = pacingOf(busy, busy, busy, empty);
  await send('one', 'two');
  expect(await send('two')).toEqual(near(1_750));
  expect(requested()).toBe(4);
});

test('resources of another system do not wait', async () => {
  const { send, requested } = pacingOf(busy);
  await send('one');
  expect(await send('two')).toEqual(near(0));
  expect(await send('three')).toEqual(near(0));
  expect(requested()).toBe(0);
});

test('nothing waits without a backlog', async () => {
  const { clock, send, requested } = pacingOf(busy);
  await send('one');
  await clock.advance(30_000);
  expect(await send('one')).toEqual(near(0));
  expect(requested()).toBe(0);
});

test('every interval of a backlog waits for the previous one', async () => {
  const { send } = pacingOf(empty);
  await send('one');
  for (let interval = 0; interval < 5; interval += 1) expect(await send('one')).toEqual(near(1_000));
});

test.each([
  ['no agent is there', { messages: 7, consumers: 0 }, 0],
  ['the broker does not say', undefined, 0],
  ['the agent stands still', busy, 60_000],
])('waiting is bounded: %s', async (_why, depth, wait) => {
  const { send } = pacingOf(depth);
  await send('one');
  expect(await send('one')).toEqual(near(wait));
});
