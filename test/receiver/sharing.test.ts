import { expect, test } from 'vitest';
import { PowerVmError } from '../../src/base/errors/errors.ts';
import { PowerVmReceiver, type SamplePosition } from '../../src/receiver/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const MINUTE = 60_000;

/** A receiver whose console is shared, and a reader that takes everything and remembers how far it is. */
async function sharing(beforeRequest: () => void = () => undefined) {
  const time = await simulatedTime({ lpars: 2, vioses: 1 });
  const { url, username, password } = time.simulator;
  const receiver = new PowerVmReceiver({
    consoles: [{ endpoint: url, username, password, clock: time.clock, beforeRequest }],
    waitsForConsoles: true,
    clock: time.clock,
  });
  afterThisTest(() => receiver.stop());
  const times: number[] = [];
  const vioses: number[] = [];
  const kept = new Map<string, SamplePosition>();
  receiver.subscribe(
    'test',
    {
      take: ({ activity, acknowledge }) => {
        if (activity.sample.fresh.hypervisor) times.push(activity.time);
        if (activity.sample.fresh.vioses.size > 0) vioses.push(activity.time);
        acknowledge();
        return true;
      },
      hasCapacity: () => true,
    },
    { positionOf: (id) => kept.get(id), onMove: (id, position) => kept.set(id, position) },
  );
  await receiver.start();
  return { time, receiver, url, times, vioses };
}

function steps(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

test('a shared console is not asked before it is adopted, and left without a trace when it is released', async () => {
  const { time, receiver, url, times } = await sharing();
  await time.pass(2 * MINUTE);
  expect(time.simulator.sessions.opened).toBe(0);
  expect(receiver.statistics().consoles).toEqual([]);
  receiver.adopt([url]);
  // The first request of a process loads what it needs, which takes real time.
  while (times.length < 4) await time.pass(MINUTE);
  expect(receiver.statistics()).toMatchObject({ consoles: [{ up: true }], systems: [{}] });
  await receiver.release([url]);
  const seen = times.length;
  expect(time.simulator.sessions).toMatchObject({ opened: 1, active: 0 });
  expect(receiver.statistics()).toMatchObject({ consoles: [], systems: [] });
  expect([receiver.systems(), receiver.frames()]).toEqual([[], []]);
  await time.pass(3 * MINUTE);
  expect(times.length).toBe(seen);
});

test('one that is adopted again continues where its readers have got to, without a gap and without a repetition', async () => {
  const { time, receiver, url, times } = await sharing();
  for (let round = 0; round < 3; round += 1) {
    receiver.adopt([url]);
    await time.pass(3 * MINUTE);
    await receiver.release([url]);
    await time.pass(2 * MINUTE);
  }
  expect(times.length).toBeGreaterThan(18);
  expect(new Set(steps(times))).toEqual(new Set([30_000]));
});

test('the right to ask that is lost amid a sample costs nothing of it', async () => {
  let requested = 0;
  let lose: () => void = () => undefined;
  const { time, receiver, url, times, vioses } = await sharing(() => {
    requested += 1;
    // Amid the documents of a sample: as an owner whose lease has ended.
    if (requested % 23 !== 0) return;
    lose();
    throw new PowerVmError('POWERVM_FLEET_NOT_OWNER', 'read by others');
  });
  const losses: Promise<void>[] = [];
  lose = () => losses.push(receiver.release([url]));
  for (let round = 0; round < 8; round += 1) {
    receiver.adopt([url]);
    await time.pass(2 * MINUTE);
    await Promise.all(losses);
  }
  await time.pass(2 * MINUTE);
  expect(losses.length).toBeGreaterThan(2);
  expect(new Set(steps(times))).toEqual(new Set([30_000]));
  const [first = 0] = vioses;
  const last = vioses.at(-1) ?? 0;
  expect(new Set(vioses).size).toBe((last - first) / 30_000 + 1);
});
