import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock/clock.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { Fleet, FleetSessionStore, type GroupReader, type HeldGroup } from '../../src/fleet/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../helpers/etcd.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { CuttableProxy } from './live/world/cuttable-proxy.ts';

const GROUPS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Reads nothing, and remembers what it may read. */
class Reader implements GroupReader {
  readonly groups: readonly string[];
  readonly held = new Map<string, HeldGroup>();
  readonly released: string[] = [];

  constructor(groups: readonly string[] = GROUPS) {
    this.groups = groups;
  }

  take(group: HeldGroup): void {
    this.held.set(group.id, group);
  }

  async release(group: string, isPlanned: boolean): Promise<void> {
    this.held.delete(group);
    this.released.push(`${group} ${isPlanned ? 'handed over' : 'lost'}`);
  }

  partitionsOf(): number {
    return 10;
  }

  consolesOf(): number {
    return 2;
  }

  lagOf(): undefined {
    return undefined;
  }
}

function member(name: string, endpoint: string, groups?: readonly string[], clock?: Clock) {
  const reader = new Reader(groups);
  const log = new RecordedLog();
  const options = { etcd: { endpoints: [endpoint], timeout: 1_000 }, prefix: 'test/', leaseTime: 2_000 };
  const fleet = new Fleet({ ...options, name, logger: log, ...(clock ? { clock } : {}) });
  fleet.add(reader);
  fleet.join();
  fleet.begin();
  afterThisTest(() => fleet.leave());
  return { fleet, reader, log };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const heldBy = (...members: readonly { readonly reader: Reader }[]) =>
  members.flatMap(({ reader }) => [...reader.held.keys()]).sort();

describe.skipIf(!hasEtcd)(`a fleet (skipped without etcd: ${withoutEtcd})`, () => {
  test('shares the groups, hands its own over when a member leaves, and gives one that comes its part', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const [one, two] = [member('one', endpoint), member('two', endpoint)];
    await until(() => heldBy(one, two).length === GROUPS.length);
    expect(heldBy(one, two)).toEqual(GROUPS);
    expect([one.reader.held.size, two.reader.held.size]).toEqual([3, 3]);
    await two.fleet.handOver();
    await two.fleet.leave();
    await until(() => one.reader.held.size === GROUPS.length);
    expect(two.reader.released.every((text) => text.endsWith('handed over'))).toBe(true);
    const three = member('three', endpoint);
    await until(() => three.reader.held.size === 3);
    expect(heldBy(one, three)).toEqual(GROUPS);
    const statistics = one.fleet.statistics();
    expect(statistics).toMatchObject({ groupsHeld: 3, consolesHeld: 6, takeovers: 0, handovers: 3 });
    expect(statistics.etcd.map(({ operation }) => operation)).toContain('kv/txn');
    const report = await one.fleet.look();
    expect(report.members.map(({ name, groups }) => [name, groups])).toEqual([
      ['one', 3],
      ['three', 3],
    ]);
    expect(report.groups.map(({ group }) => group)).toEqual(GROUPS);
    expect(new Set(report.groups.map(({ owner }) => owner))).toEqual(new Set(['one', 'three']));
  });

  test('continues where the former owner has stopped, whose later writes are rejected', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const proxy = new CuttableProxy(endpoint);
    await proxy.start();
    afterThisTest(() => proxy.stop());
    const one = member('one', proxy.url, ['a']);
    await until(() => one.reader.held.has('a'));
    const group = one.reader.held.get('a');
    one.fleet.set('a', 'cursor', '1');
    await one.fleet.written('a');
    const two = member('two', endpoint, ['a']);
    proxy.cut();
    await until(() => two.reader.held.has('a'));
    // It had to stop before: by its own clock, since no one can reach it.
    expect(group?.isHeld).toBe(false);
    expect(one.reader.released).toEqual(['a lost']);
    one.fleet.set('a', 'cursor', '2');
    await expect(one.fleet.written('a')).rejects.toMatchObject({ code: 'POWERVM_FLEET_NOT_OWNER' });
    expect(two.reader.held.get('a')?.state).toEqual(new Map([['cursor', '1']]));
    expect(two.fleet.statistics().takeovers).toBe(1);
    proxy.mend();
    await until(() => one.log.lines.filter(({ message }) => message === 'a member of the fleet').length === 2);
    expect(heldBy(one, two)).toEqual(['a']);
    expect(one.fleet.statistics().leasesLost).toBe(1);
  });

  test('writes what changes together, twice a second at most, however much it is', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const { fleet, reader } = member('one', endpoint, ['a', 'b']);
    await until(() => reader.held.size === 2);
    const began = performance.now();
    const before = fleet.statistics().writes;
    while (performance.now() - began < 3_000) {
      for (let index = 0; index < 150; index += 1)
        fleet.set(index % 2 ? 'a' : 'b', `cursor ${index}`, String(Math.random()));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const seconds = (performance.now() - began) / 1000;
    const writes = fleet.statistics().writes - before;
    expect(writes).toBeGreaterThan(1);
    expect(writes).toBeLessThanOrEqual(2 * seconds + 1);
    await Promise.all([fleet.written('a'), fleet.written('b')]);
    const { keys } = await fleet.client.list(fleet.keys.state('a'));
    expect(keys.length).toBe(75);
  });

  test('waits for the lease of a run before, and says when the name is that of another one', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const one = member('one', endpoint, ['a']);
    await until(() => one.reader.held.size === 1);
    const other = member('one', endpoint, ['a']);
    await until(() => other.fleet.condition?.code === 'POWERVM_FLEET_NAME_TAKEN');
    expect(other.reader.held.size).toBe(0);
    await one.fleet.handOver();
    await one.fleet.leave();
    await until(() => other.reader.held.size === 1);
    expect(other.fleet.condition?.state).toBe('working');
  });

  test('keeps the session of a console for the next owner, sealed with the key that all have, or not at all', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const { fleet, reader, log } = member('one', endpoint, ['a']);
    await until(() => reader.held.size === 1);
    const memory = (key: string | undefined) =>
      new FleetSessionStore(fleet, () => 'a', key === undefined ? undefined : new Secret(key), log);
    const session = { token: new Secret('t0ken-of-the-console'), username: 'monitor', type: 'hmc' } as const;
    const recalled = async (key: string | undefined) => (await memory(key).load('https://hmc1'))?.token.reveal();
    await memory('the key of all members').save('https://hmc1', session);
    const stored = await fleet.client.get(fleet.keys.session('https://hmc1'));
    expect(stored?.value).not.toContain('t0ken');
    expect(await recalled('the key of all members')).toBe('t0ken-of-the-console');
    expect(await memory('the key of all members').load('https://hmc1')).toMatchObject({ isForeign: true });
    expect(await recalled('quite another key there')).toBeUndefined();
    expect(await recalled(undefined)).toBeUndefined();
    await memory(undefined).save('https://hmc1', session);
    expect(await recalled('the key of all members')).toBeUndefined();
    expect(log.lines.filter(({ message }) => message.includes('may still be open')).length).toBe(3);
    await memory(undefined).forget('https://hmc1');
    expect(await fleet.client.get(fleet.keys.session('https://hmc1'))).toBeUndefined();
  });

  test('holds a refusal for an hour by the clock that it was given', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const at = Date.parse('2026-03-04T12:00:00Z');
    const credentials = { username: 'monitor', password: new Secret('not the password') };
    const storeAt = async (name: string, time: number) => {
      const { fleet, reader, log } = member(name, endpoint, [name], { ...systemClock, now: () => time });
      await until(() => reader.held.size === 1);
      return new FleetSessionStore(fleet, () => name, undefined, log);
    };
    await (await storeAt('one', at)).rememberRefusal('https://hmc1', credentials);
    const [soon, later] = [await storeAt('two', at + 59 * 60_000), await storeAt('three', at + 61 * 60_000)];
    expect(await soon.wasRefused('https://hmc1', credentials)).toBe(true);
    expect(await later.wasRefused('https://hmc1', credentials)).toBe(false);
    const { fleet } = member('four', endpoint, [], { ...systemClock, now: () => at });
    const { members, groups } = await fleet.look();
    expect(members.find(({ name }) => name === 'one')?.since).toBe(at);
    expect(groups.find(({ group }) => group === 'two')?.since).toBe(at + 59 * 60_000);
  });
});
