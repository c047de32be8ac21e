import { describe, expect, test } from 'vitest';
import { FleetWorld, type FleetWorldOptions, momentOf, pause } from './world/fleet-world.ts';

const MEMBERS = [0, 1, 2, 3];
const LEASE = 5;
/** Milliseconds of real time in which a group must have another reader. */
const TAKEOVER = (LEASE + 5) * 1000;

/** Four collectors that have shared twelve consoles. */
async function settledFleet(seed: string, options: Partial<FleetWorldOptions> = {}): Promise<FleetWorld> {
  const world = await FleetWorld.create({
    ...{ seed, members: MEMBERS.length, consoles: 12, etcd: 1, rate: 15, leaseTime: LEASE },
    ...options,
  });
  for (const index of MEMBERS) await world.startMember(index);
  await world.reach(world.clock.now());
  await pause(3_000);
  return world;
}

/** Every instant once, no console read by two, no session too many: until now. */
async function expectWhole(world: FleetWorld): Promise<void> {
  const end = world.clock.now();
  await world.reach(end);
  const { mostSessions, points, ...verdict } = await world.judge(end);
  const none = { contradictions: [], missing: [], readByTwo: [], refusedLogons: 0, violations: [] };
  expect(verdict, world.story()).toMatchObject(none);
  expect(points).toBeGreaterThan(1_000);
  // One, and the one that is being ended.
  expect(mostSessions).toBeLessThanOrEqual(2);
}

interface Reading {
  readonly group: unknown;
  readonly pid: unknown;
  readonly at: number;
}

/** Who began to read which group when, by the time of the log lines. */
function readings(world: FleetWorld): readonly Reading[] {
  return world
    .lines()
    .filter(({ msg }) => msg === 'reading' || msg === 'taking over from another member')
    .map((line) => ({ group: line.group, pid: line.pid, at: momentOf(line) }))
    .sort((one, other) => one.at - other.at);
}

/** Milliseconds from a moment until a group had a reader again. */
function unreadFor(all: readonly Reading[], group: unknown, moment: number): number {
  return (
    (all.find((reading) => reading.group === group && reading.at > moment)?.at ?? Number.POSITIVE_INFINITY) - moment
  );
}

/** Everything that was read at a moment, by a process or by anyone, has a reader again within a time. */
function expectReadAgain(world: FleetWorld, moment: number, within: number, pid?: unknown): void {
  const all = readings(world);
  const lastReader = new Map(all.filter(({ at }) => at <= moment).map((reading) => [reading.group, reading.pid]));
  const groups = [...lastReader].filter(([, reader]) => pid === undefined || reader === pid).map(([group]) => group);
  const times = groups.map((group) => unreadFor(all, group, moment));
  expect(times.length).toBeGreaterThan(0);
  expect(Math.max(...times), world.story()).toBeLessThanOrEqual(within);
}

describe('a fleet of four collectors that share twelve consoles', () => {
  test('continues when one of them is killed, and uses it again when it is back', async () => {
    const world = await settledFleet('kill');
    const killed = Date.now();
    const { pid } = world.member(1).child;
    await world.member(1).end('SIGKILL');
    await pause(TAKEOVER);
    expectReadAgain(world, killed, TAKEOVER, pid);
    await world.startMember(1);
    await world.member(1).says('reading');
    await expectWhole(world);
  });

  test('takes over from one that is suspended, which stops at once when it resumes, and logs it', async () => {
    const world = await settledFleet('stop');
    const stopped = Date.now();
    world.member(2).child.kill('SIGSTOP');
    await pause(TAKEOVER + 2_000);
    expectReadAgain(world, stopped, TAKEOVER, world.member(2).child.pid);
    world.member(2).child.kill('SIGCONT');
    await world.member(2).says('this member has lost a group of consoles and reads it no longer');
    await world.member(2).says('reading', 4);
    await expectWhole(world);
  });

  test('takes over from one that cannot reach etcd, which has stopped before', async () => {
    const world = await settledFleet('cut');
    const cut = Date.now();
    world.cut(3);
    await pause(TAKEOVER + 4_000);
    expectReadAgain(world, cut, TAKEOVER, world.member(3).child.pid);
    world.mend(3);
    await world.member(3).says('reading', 4);
    await expectWhole(world);
  });

  test('does not mind the death of the leader of etcd', async () => {
    const world = await settledFleet('leader', { etcd: 3 });
    const leader = await world.leader();
    await leader.kill();
    await pause(TAKEOVER);
    // What was lost while there was no leader, if anything was.
    const lost = world.lines().filter(({ msg }) => msg.startsWith('this member has lost'));
    const times = lost.map((line) => unreadFor(readings(world), line.group, momentOf(line)));
    expect(Math.max(0, ...times), world.story()).toBeLessThanOrEqual(TAKEOVER);
    await leader.start();
    await pause(3_000);
    await expectWhole(world);
  });

  test('stops while all of etcd is away for five minutes, and continues within half a minute when it is back', async () => {
    const world = await settledFleet('away', { etcd: 3 });
    await Promise.all(world.etcd.map((member) => member.kill()));
    await pause(8_000);
    const before = await world.uses();
    await pause(12_000);
    const requests = (uses: typeof before) =>
      uses.flatMap(({ uses: all }) => all).reduce((sum, use) => sum + use.requests, 0);
    expect(requests(await world.uses())).toBe(requests(before));
    await Promise.all(world.etcd.map((member) => member.start()));
    const back = Date.now();
    await pause(30_000);
    expect(requests(await world.uses())).toBeGreaterThan(requests(before));
    expectReadAgain(world, back, 30_000);
    await expectWhole(world);
  });

  test('is restarted one by one with another configuration, and hands over each time', async () => {
    const world = await settledFleet('rolling');
    world.changeConfiguration('attributes: { site: ams }');
    const restarts: { readonly pid: unknown; readonly ended: number }[] = [];
    for (const index of MEMBERS) {
      const { pid } = world.member(index).child;
      const ended = Date.now();
      await world.member(index).end('SIGTERM');
      await world.startMember(index);
      await world.member(index).says('a member of the fleet');
      await pause(3_000);
      restarts.push({ pid, ended });
    }
    // What is handed over need not be taken over. A machine that stands still may cost a lease all the same.
    const lost = world.lines().filter(({ msg }) => msg.startsWith('this member has lost'));
    expect(lost.filter(({ reason }) => reason !== 'the lease could not be renewed in time')).toEqual([]);
    const groups = new Set(lost.map(({ group }) => group));
    const taken = world.lines().filter(({ msg }) => msg === 'taking over from another member');
    expect(taken.filter(({ group }) => !groups.has(group))).toEqual([]);
    await expectWhole(world);
    for (const { pid, ended } of restarts) expectReadAgain(world, ended, TAKEOVER, pid);
  });
});
