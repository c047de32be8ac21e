import { appendFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type FaultSchedule, type MemberFault, type ScheduledFault, scheduleFaults } from './fault-schedule.ts';
import { FleetWorld, pause } from './world/fleet-world.ts';

const MEMBERS = [0, 1, 2, 3];
/** `npm run proof:fleet -- --seeds 20`: everyday runs have the single faults instead. */
const { FLEET_SEEDS: seeds, FLEET_RESULTS: results } = process.env;

async function sufferAsMember(
  world: FleetWorld,
  index: number,
  faults: readonly ScheduledFault<MemberFault>[],
): Promise<void> {
  for (const { kind, after, lasts } of faults) {
    await pause(after);
    const { child } = world.member(index);
    if (kind === 'kill' || kind === 'restart') {
      await world.member(index).end(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
      await pause(lasts);
      await world.startMember(index);
    } else if (kind === 'stop') {
      child.kill('SIGSTOP');
      await pause(lasts);
      child.kill('SIGCONT');
    } else {
      world.cut(index);
      await pause(lasts);
      world.mend(index);
    }
  }
}

async function sufferAsEtcd(world: FleetWorld, faults: FaultSchedule['etcd']): Promise<void> {
  for (const { kind, after, lasts } of faults) {
    await pause(after);
    const struck = kind === 'away' ? world.etcd : [await world.leader()];
    await Promise.all(struck.map((member) => member.kill()));
    await pause(lasts);
    await Promise.all(struck.map((member) => member.start()));
  }
}

describe.skipIf(seeds === undefined)('a fleet through faults of every kind at once (npm run proof:fleet)', () => {
  test.each(Array.from({ length: Number(seeds ?? 1) }, (_, index) => index + 1))('seed %i', async (seed) => {
    const options = { members: MEMBERS.length, consoles: 12, etcd: 3, rate: 15, leaseTime: 5 };
    const world = await FleetWorld.create({ ...options, seed: `proof-${seed}` });
    for (const index of MEMBERS) await world.startMember(index);
    await world.reach(world.clock.now());
    const schedule = scheduleFaults(seed, MEMBERS.length);
    await Promise.all([
      ...MEMBERS.map((index) => sufferAsMember(world, index, schedule.members[index] ?? [])),
      sufferAsEtcd(world, schedule.etcd),
    ]);
    const mended = Date.now();
    const end = world.clock.now();
    await world.reach(end);
    const { points, repeated, mostSessions, ...verdict } = await world.judge(end);
    const faults = schedule.members.flat().map(({ kind }) => kind);
    const count = (kind: MemberFault) => faults.filter((other) => other === kind).length;
    const problems = Object.fromEntries(
      Object.entries(verdict).map(([name, found]) => [name, typeof found === 'number' ? found : found.length]),
    );
    const row = {
      ...{ seed, kills: count('kill'), stops: count('stop'), cuts: count('cut'), restarts: count('restart') },
      ...{ takeovers: world.takeovers, points, repeated, mostSessions, ...problems },
      secondsToWhole: Math.round((Date.now() - mended) / 1000),
    };
    if (results !== undefined) await appendFile(results, `${JSON.stringify(row)}\n`);
    const none = { contradictions: [], missing: [], readByTwo: [], refusedLogons: 0, violations: [] };
    expect(verdict, world.story()).toMatchObject(none);
    expect(mostSessions).toBeLessThanOrEqual(2);
  });
});
