import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import type { FrameActivity, PartitionActivity } from '../../../src/inspector/index.ts';
import { InventoryCache } from '../../../src/receiver/inventory/inventory-cache.ts';
import type { SimulatedRequest } from '../../../src/simulator/index.ts';
import { connect, onlySystem } from '../../helpers/console.ts';
import { readSimulator } from '../../helpers/reading.ts';

const MINUTE = 60_000;

/** A frame as it was read, and a cache that knows nothing of it yet. */
async function aCache(intercept?: (request: SimulatedRequest) => { status: number; body: string } | undefined) {
  const { receiver, simulator } = await readSimulator({ lpars: 4, vioses: 1 });
  const [frame] = receiver.frames();
  if (!frame) throw new Error('there is no frame');
  simulator.intercept = intercept;
  const console = connect(simulator);
  const clock = new ManualClock(frame.time);
  const cache = new InventoryCache(onlySystem(simulator).id, clock, silentLogger);
  const complete = async (activity: FrameActivity = frame) => {
    const before = simulator.requests.length;
    await cache.complete(console, activity, 100, new AbortController().signal);
    return simulator.requests.slice(before).filter(({ path }) => path.includes('/uom/')).length;
  };
  const pass = (milliseconds: number) => clock.advance(milliseconds, async () => undefined);
  return { cache, frame, complete, pass };
}

const changed = (frame: FrameActivity, change: Partial<PartitionActivity>): FrameActivity => ({
  ...frame,
  partitions: frame.partitions.map((partition, index) => (index === 0 ? { ...partition, ...change } : partition)),
});

test('the inventory is requested once, not per cycle', async () => {
  const { cache, frame, complete, pass } = await aCache();
  expect(await complete()).toBeGreaterThan(2);
  expect(new Set(cache.inventory.partitions.keys())).toEqual(new Set(frame.partitions.map(({ id }) => id)));
  for (let minute = 0; minute < 50; minute += 1) {
    await pass(MINUTE);
    expect(await complete()).toBe(0);
  }
  // What no sample shows is looked for now and then: the partitions and the VIOSes.
  await pass(15 * MINUTE);
  expect(await complete()).toBe(2);
});

test('changed and new partitions are requested at most once a minute', async () => {
  const { frame, complete, pass } = await aCache();
  await complete();
  const [first] = frame.partitions;
  if (!first) throw new Error('there is no partition');
  const renamed = changed(frame, { name: 'renamed' });
  expect(await complete(renamed)).toBe(0);
  await pass(MINUTE);
  expect(await complete(renamed)).toBe(2);
  await pass(MINUTE);
  expect(await complete(renamed)).toBe(0);
  const { processor } = first;
  const noise = { ...processor, entitlement: (processor.entitlement ?? 0) + 0.01 };
  expect(await complete(changed(renamed, { name: 'renamed', processor: noise }))).toBe(0);
  const more = { ...processor, entitlement: (processor.entitlement ?? 0) + 0.5 };
  expect(await complete(changed(renamed, { name: 'renamed', processor: more }))).toBe(2);
  await pass(MINUTE);
  const stranger = { ...first, id: '9a2b3c4d-0000-4000-8000-00000000000f', networkAdapters: [] };
  const withStranger = { ...renamed, partitions: [...renamed.partitions, stranger] };
  expect(await complete(changed(withStranger, { name: 'renamed', processor: more }))).toBe(2);
});

test.each([
  ['the partitions', /LogicalPartition(\/quick\/All)?$/],
  ['the VIOSes', /VirtualIOServer(\/quick\/All)?$/],
])('a console that refuses %s loses only those', async (_what, refused) => {
  const { cache, frame, complete } = await aCache(({ path }) =>
    refused.test(path) ? { status: 403, body: 'no' } : undefined,
  );
  await complete();
  const described = (isVios: boolean) =>
    frame.partitions
      .filter(({ type }) => (type === 'vios') === isVios)
      .map(({ id }) => cache.inventory.partitions.get(id)?.operatingSystem !== undefined);
  const refusesVioses = refused.source.startsWith('Virtual');
  expect(described(refusesVioses)).not.toContain(true);
  expect(described(!refusesVioses)).toContain(true);
  const addressed = frame.partitions.filter(
    ({ id }) => (cache.inventory.partitions.get(id)?.clientAdapters.size ?? 0) > 0,
  );
  expect(addressed).toHaveLength(frame.partitions.length);
});

test('a console that refuses MAC addresses loses only those, and is retried after ten minutes', async () => {
  const { cache, frame, complete, pass } = await aCache(({ path }) =>
    path.includes('ClientNetworkAdapter') ? { status: 403, body: 'no' } : undefined,
  );
  const requested = await complete();
  expect(requested).toBeGreaterThanOrEqual(2 + frame.partitions.length);
  for (const { id } of frame.partitions) expect(cache.inventory.partitions.get(id)?.virtualProcessors).toBeDefined();
  await pass(MINUTE);
  expect(await complete()).toBe(0);
  await pass(10 * MINUTE);
  expect(await complete()).toBeGreaterThanOrEqual(frame.partitions.length);
});
