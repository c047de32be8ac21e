import { describe, expect, test, vi } from 'vitest';
import { FleetSightings } from '../../../src/collector/fleet/fleet-sightings.ts';
import { Fleet } from '../../../src/fleet/index.ts';
import { CuttableProxy } from '../../fleet/live/world/cuttable-proxy.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { type EtcdProcess, hasEtcd, startEtcd, withoutEtcd } from '../../helpers/etcd.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const KEY = 'test/sightings/powervm/systems/north';
const record = (name: string) => JSON.stringify({ name, active: ['partition-uuid'] });

/** One that is not in the fleet: it sees what others report, and reads nothing. Its way to etcd can be cut. */
async function observe(etcd: EtcdProcess | undefined) {
  const proxy = new CuttableProxy(etcd?.endpoint ?? '');
  await proxy.start();
  afterThisTest(() => proxy.stop());
  const options = { etcd: { endpoints: [proxy.url], timeout: 1_000 }, prefix: 'test/', leaseTime: 5_000 };
  const fleet = new Fleet({ ...options, name: 'one', logger: new RecordedLog() });
  const lists = vi.spyOn(fleet.client, 'list');
  const sightings = new FleetSightings(fleet, 'powervm', () => undefined);
  const stop = new AbortController();
  const run = () => {
    const running = sightings.run(stop.signal);
    afterThisTest(async () => {
      stop.abort();
      await running;
      fleet.client.close();
    });
  };
  return { fleet, proxy, sightings, run, lists: () => lists.mock.calls.length };
}

describe.skipIf(!hasEtcd)(`what systems list, in etcd (skipped without etcd: ${withoutEtcd})`, () => {
  test.each(['together', 'before'])(
    'is listed once at the start, by who waits for it and who follows it %s',
    async (order) => {
      const { fleet, sightings, run, lists } = await observe((await startEtcd())[0]);
      await fleet.client.commit([], [{ put: KEY, value: record('frame-01') }]);
      if (order === 'before') await sightings.load();
      run();
      await Promise.all([sightings.load(), sightings.load()]);
      expect(sightings.sightingsOf('north')?.name).toBe('frame-01');
      // Until the watch has begun; it may take longer, and lists nothing then either.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(lists()).toBe(1);
      await fleet.client.commit([], [{ put: KEY, value: record('frame-02') }]);
      await vi.waitFor(() => expect(sightings.sightingsOf('north')?.name).toBe('frame-02'), 10_000);
    },
  );

  test('is listed again after it was not followed for a while', async () => {
    const [etcd] = await startEtcd();
    const { fleet, proxy, sightings, run, lists } = await observe(etcd);
    const other = await observe(etcd);
    await fleet.client.commit([], [{ put: KEY, value: record('frame-01') }]);
    run();
    await sightings.load();
    proxy.cut();
    await other.fleet.client.commit([], [{ put: KEY, value: record('frame-02') }]);
    proxy.mend();
    await vi.waitFor(() => expect(sightings.sightingsOf('north')?.name).toBe('frame-02'), 15_000);
    expect(lists()).toBeGreaterThan(1);
  });

  test('is listed later where the list failed although the watch began', async () => {
    const { fleet, sightings, run, lists } = await observe((await startEtcd())[0]);
    await fleet.client.commit([], [{ put: KEY, value: record('frame-01') }]);
    // A refusal between two requests that both succeed cannot be had of a real etcd at will.
    vi.spyOn(fleet.client, 'list').mockRejectedValueOnce(new Error('etcd has no leader'));
    run();
    await vi.waitFor(() => expect(sightings.sightingsOf('north')?.name).toBe('frame-01'), 15_000);
    expect(lists()).toBe(2);
  });
});
