import { describe, expect, test } from 'vitest';
import { migrationScenario } from '../../helpers/migration.ts';
import { twoFrames } from './world/two-frames.ts';

const INTERVAL = 30_000;
const MINUTE = 60_000;
/** Milliseconds of the migration after the start, by the clock of the estate. */
const BEGINS = 5 * MINUTE;
const TAKES = 3 * MINUTE;
const LEAVES_AFTER = 6 * MINUTE;

const scenario = migrationScenario({ at: '5m', takes: '3m', leavesAfter: '6m' });

/** Each frame is read by members of its own: two who could read the first, and one who reads the second. */
async function migratingFrames() {
  const world = await twoFrames({ scenario });
  const { systems, consoles } = world.simulator;
  const startMember = (name: string, frame: 0 | 1) =>
    world.startMember(name, [consoles[frame]?.url ?? ''], `systems: { include: [${systems[frame]?.name}] }`);
  return { ...world, startMember };
}

const halfMinuteOf = (time: bigint) => Math.floor(Number(time / 1_000_000n) / INTERVAL);

describe('frames that are read by several members of a fleet', () => {
  test('report a partition that migrates between them once, and a storage pool of both, whichever member dies meanwhile', async () => {
    const { simulator, sink, startMember, until } = await migratingFrames();
    const id = simulator.systems[0]?.partitions.find(({ name }) => name === 'prod-db1')?.id ?? '';
    const north = await startMember('north-1', 0);
    await north.says('reading');
    const standby = await startMember('north-2', 0);
    const south = await startMember('south', 1);
    await south.says('reading');
    // While the target has but a placeholder, who knows the source goes; what is left of him is in etcd.
    await until(BEGINS + MINUTE);
    await north.end('SIGKILL');
    await standby.says('taking over from another member');
    // While the source still lists what has left, who knows the target begins anew.
    await until(BEGINS + TAKES + MINUTE);
    await south.end('SIGKILL');
    const again = await startMember('south', 1);
    await again.says('reading');
    await until(BEGINS + TAKES + LEAVES_AFTER + 4 * MINUTE);

    const reporters = new Map<number, Set<string>>();
    const sizes = new Map<number, Set<bigint>>();
    for (const { resource, metric, timeUnixNano } of sink.points) {
      const instant = halfMinuteOf(timeUnixNano);
      if (metric === 'powervm.ssp.size') sizes.set(instant, (sizes.get(instant) ?? new Set()).add(timeUnixNano));
      if (resource['powervm.lpar.id'] !== id || metric !== 'powervm.lpar.memory.limit') continue;
      reporters.set(instant, (reporters.get(instant) ?? new Set()).add(String(resource['powervm.system.name'])));
    }
    const instants = [...reporters.keys()].sort((one, other) => one - other);
    const [first = 0, last = 0] = [instants[0], instants.at(-1)];
    expect(last - first).toBeGreaterThan((BEGINS + TAKES + LEAVES_AFTER) / INTERVAL);
    expect(instants.length).toBe(last - first + 1);
    // The source may tell that it is at rest there before the target has told that it has arrived.
    expect([...reporters.values()].filter(({ size }) => size > 1).length).toBeLessThanOrEqual(1);
    const story = instants.map((instant) => [...(reporters.get(instant) ?? [])].at(-1));
    expect(story.filter((name, index) => name !== story[index - 1])).toEqual(['frame-01', 'frame-02']);
    expect(sizes.size).toBeGreaterThan(20);
    expect([...sizes].filter(([, times]) => times.size > 1)).toEqual([]);
    expect(sink.violations).toEqual([]);
  });
});
