import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/manual-clock.ts';
import { BacklogPacing, type QueueDepth } from '../../../src/ceilometer/publishers/backlog-pacing.ts';
import { sampleOf } from '../../helpers/samples.ts';

/** What a queue says, one answer after the other, the last one for ever. The real broker is in `npm run test:openstack`. */
function pacingOf(...answers: (QueueDepth | undefined)[]) {
  const clock = new ManualClock(0);
  let asked = 0;
  const pacing = new BacklogPacing(clock, async () => {
    asked += 1;
    return answers[Math.min(asked, answers.length) - 1];
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
  return { clock, send, asked: () => asked };
}

const busy = { messages: 7, consumers: 1 };
const empty = { messages: 0, consumers: 1 };
const near = (milliseconds: number) => expect.toSatisfy((waited: number) => Math.abs(waited - milliseconds) <= 500);

test('a second interval of a resource waits until the queue is worked off, and a second more', async () => {
  const { send, asked } = pacingOf(busy, busy, busy, empty);
  await send('one', 'two');
  expect(await send('two')).toEqual(near(1_750));
  expect(asked()).toBe(4);
});

test('resources of another system do not wait', async () => {
  const { send, asked } = pacingOf(busy);
  await send('one');
  expect(await send('two')).toEqual(near(0));
  expect(await send('three')).toEqual(near(0));
  expect(asked()).toBe(0);
});

test('in ordinary times nothing waits', async () => {
  const { clock, send, asked } = pacingOf(busy);
  await send('one');
  await clock.advance(30_000);
  expect(await send('one')).toEqual(near(0));
  expect(asked()).toBe(0);
});

test('every interval of a backlog waits for the one before', async () => {
  const { send } = pacingOf(empty);
  await send('one');
  for (let interval = 0; interval < 5; interval += 1) expect(await send('one')).toEqual(near(1_000));
});

test.each([
  ['no agent is there', { messages: 7, consumers: 0 }, 0],
  ['the broker does not say', undefined, 0],
  ['the agent stands still', busy, 60_000],
])('it does not wait for ever: %s', async (_why, depth, wait) => {
  const { send } = pacingOf(depth);
  await send('one');
  expect(await send('one')).toEqual(near(wait));
});
