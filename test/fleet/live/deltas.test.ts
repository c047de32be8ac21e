import { describe, expect, test } from 'vitest';
import type { CollectorProcess } from '../../helpers/collector-process.ts';
import type { ReceivedPoint } from '../../helpers/otlp-sink/index.ts';
import { lostIncreases } from '../../helpers/streams.ts';
import { pause } from './world/fleet-world.ts';
import { twoFrames } from './world/two-frames.ts';

const NAMES = ['one', 'two', 'three'];
const MINUTE = 60_000;

const isOfAFrame = ({ resource }: ReceivedPoint) => resource['powervm.system.id'] !== undefined;

/** Those that read something. */
function readersOf(members: readonly CollectorProcess[]): readonly CollectorProcess[] {
  return members.filter(({ lines }) =>
    lines.some(({ msg }) => msg === 'reading' || msg === 'taking over from another member'),
  );
}

describe('a fleet that sends deltas', () => {
  test('sends no increase twice and loses none when members hand over, die, and are stopped for a while', async () => {
    const { simulator, sink, deltaSink, clock, startMember } = await twoFrames();
    const urls = simulator.consoles.map(({ url }) => url);
    // Both see both frames: in one group they go from one member to the other together.
    const start = (name: string) => startMember(name, urls.slice(0, 1));
    const first = await start('one');
    await first.says('reading');
    const newest = () =>
      Math.max(0, ...deltaSink.points.filter(isOfAFrame).map(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n)));
    const reach = async (time: number) => {
      while (newest() < time) await pause(100);
    };
    await reach(clock.now() + 2 * MINUTE);
    // A planned end hands over what was delivered.
    const second = await start('two');
    await second.says('a member of the fleet');
    await first.end('SIGTERM');
    await second.says('reading');
    await reach(clock.now() + 2 * MINUTE);
    // One that stands still and wakes up has nothing more to say.
    const third = await start('three');
    await third.says('a member of the fleet');
    second.child.kill('SIGSTOP');
    await third.says('taking over from another member');
    await reach(clock.now() + MINUTE);
    second.child.kill('SIGCONT');
    await second.says('this member has lost a group of consoles and reads it no longer');
    // What dies is taken over by one that had it before, and knows that others have gone on since.
    await reach(clock.now() + MINUTE);
    await third.end('SIGKILL');
    await second.says('taking over from another member');
    await reach(clock.now() + 2 * MINUTE);
    const { compared, problems } = lostIncreases(sink.points.filter(isOfAFrame), deltaSink.points.filter(isOfAFrame), {
      wasKilled: true,
    });
    expect(compared).toBeGreaterThan(50);
    expect(problems.slice(0, 10)).toEqual([]);
    expect(readersOf([first, second, third])).toHaveLength(NAMES.length);
    expect(deltaSink.violations).toEqual([]);
  });
});
