import { describe, expect, test } from 'vitest';
import { PowerVmSimulator, type PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { onlySystem, startSimulator } from '../helpers/console.ts';
import { linksOf, session } from './client.ts';

const NOON = Date.parse('2026-03-04T12:00:10Z');

function read(part: string, options: PowerVmSimulatorOptions = {}) {
  const simulator = new PowerVmSimulator({ lpars: 20, now: () => NOON, ...options });
  const text = simulator.document(`LTM_${onlySystem(simulator).mtms}_${part}_20260304T120000+0000.json`) ?? '';
  return JSON.parse(text).systemUtil.utilSample;
}

const phyp = (options?: PowerVmSimulatorOptions) => read('phyp', options);
const vios = (number: number, options?: PowerVmSimulatorOptions) => read(`vios_${number}`, options).viosUtil[0];

describe('the system', () => {
  test('has pools in use and placeholders of unused ones', () => {
    const pools = phyp().sharedProcessorPool;
    expect(pools.map(({ name }: { name: string }) => name)).toEqual([
      'DefaultPool',
      'Production',
      'Test',
      'SharedPool03',
      'SharedPool04',
      'SharedPool05',
    ]);
    expect(pools[3]).toMatchObject({ assignedProcCycles: 0, utilizedPoolCycles: 0, maxProcUnits: 0 });
  });

  test('backs shared memory of partitions from a memory pool', () => {
    const { lparsUtil, sharedMemoryPool } = phyp();
    const sharing = lparsUtil.filter(({ memory }: { memory: { poolId?: number } }) => memory.poolId === 0);
    expect(sharing.length).toBeGreaterThan(0);
    const backed = sharing.reduce(
      (sum: number, { memory }: { memory: { backedPhysicalMem: number } }) => sum + memory.backedPhysicalMem,
      0,
    );
    expect(sharedMemoryPool).toMatchObject([{ id: 0, assignedMemToLpars: backed }]);
    expect(sharedMemoryPool[0].totalMem).toBeGreaterThan(backed);
  });

  test('lists a partition twice, with and without dashes, when configured', () => {
    const { lparsUtil } = phyp({ listsTwice: true });
    expect(lparsUtil).toHaveLength(21);
    expect(lparsUtil[1].uuid).toBe(lparsUtil[0].uuid.replaceAll('-', ''));
  });

  test('has host Ethernet adapters when configured', () => {
    expect(phyp().network.heAdapters).toBeUndefined();
    expect(phyp({ hostEthernet: true }).network.heAdapters[0].physicalPorts).toHaveLength(2);
  });

  test('omits the adapters of partitions that are not running', () => {
    const off = phyp().lparsUtil.filter(({ state }: { state: string }) => state === 'Not Activated');
    expect(off.length).toBeGreaterThan(0);
    for (const partition of off) {
      expect(partition.network).toBeUndefined();
      expect(partition.processor).toMatchObject({ entitledProcCycles: 0, utilizedCappedProcCycles: 0 });
    }
  });
});

describe('the VIOSes', () => {
  test('bridge the traffic of their trunks, and one of two trunks in a VLAN carries all of it', () => {
    const { viosUtil, lparsUtil } = phyp();
    const trunkBytes = (number: number, vlan: number) =>
      viosUtil[number - 1].network.virtualEthernetAdapters.find(({ vlanId }: { vlanId: number }) => vlanId === vlan)
        ?.receivedBytes;
    const external = (vlan: number) =>
      lparsUtil
        .flatMap(
          ({ network }: { network?: { virtualEthernetAdapters: object[] } }) => network?.virtualEthernetAdapters ?? [],
        )
        .filter(({ vlanId }: { vlanId: number }) => vlanId === vlan)
        .reduce((sum: number, adapter: { receivedPhysicalBytes: number }) => sum + adapter.receivedPhysicalBytes, 0);
    expect([trunkBytes(1, 100), trunkBytes(2, 101)]).toEqual([external(100), external(101)]);
    expect([trunkBytes(1, 102), trunkBytes(2, 102)]).toEqual([external(102), 0]);

    const { sharedAdapters, genericAdapters } = vios(2).network;
    expect(sharedAdapters[0].bridgedAdapters).toEqual(genericAdapters.map(({ id }: { id: string }) => id));
    expect(genericAdapters.map(({ type }: { type: string }) => type)).toEqual(['physical', 'virtual', 'virtual']);
    expect(sharedAdapters[0].receivedBytes).toBe(genericAdapters[0].receivedBytes);
  });

  test('show the protocol devices of their Fibre Channel ports as disks, and a port without WWPN', () => {
    const { genericPhysicalAdapters, fiberChannelAdapters } = vios(1).storage;
    expect(genericPhysicalAdapters.map(({ id }: { id: string }) => id)).toEqual([
      'sissas0',
      'fscsi0',
      'fscsi1',
      'fscsi2',
    ]);
    expect(genericPhysicalAdapters[1].readBytes).toBe(fiberChannelAdapters[0].readBytes);
    expect(fiberChannelAdapters[2]).toMatchObject({ wwpn: '0000000000000000', runningSpeed: 0, readBytes: 0 });
  });

  test('see one shared storage pool, from every system', () => {
    const simulator = new PowerVmSimulator({ systems: 2, now: () => NOON });
    expect(new Set(simulator.systems.map(({ storagePoolId }) => storagePoolId)).size).toBe(1);
    expect(vios(1).storage.sharedStoragePools[0].id).toBe(vios(2).storage.sharedStoragePools[0].id);
  });
});

describe('energy', () => {
  test('is raw and processed, with the same values', async () => {
    const simulator = await startSimulator({ now: () => NOON });
    const send = await session(simulator);
    const { id } = onlySystem(simulator);
    const raw = linksOf(await (await send(`/rest/api/pcm/ManagedSystem/${id}/RawMetrics/EnergyMonitor`)).text());
    expect(raw).toHaveLength(60);
    const feed = `/rest/api/pcm/ManagedSystem/${id}/ProcessedMetrics?Type=Energy`;
    const processed = linksOf(await (await send(`${feed}&NoOfSamples=1`)).text());
    expect(processed).toEqual([
      `/rest/api/pcm/ProcessedMetrics/EnergyMetrics_ManagedSystem_${id}_20260304T115900+0000_20260304T115900+0000_30.json`,
    ]);
    const rawPath = raw.find((path) => path.includes('T115900')) ?? '';
    const { powerEnergyReading } = JSON.parse(await (await send(rawPath)).text());
    const [sample] = JSON.parse(await (await send(processed[0] ?? '')).text()).systemUtil.utilSamples;
    expect(sample.energyUtil.powerUtil.powerReading).toEqual([powerEnergyReading.currentPowerReading]);
    expect((await send(`${feed}&NoOfSamples=no`)).status).toBe(400);
  });

  test('is only processed where raw energy is missing', async () => {
    const simulator = await startSimulator({ now: () => NOON, energy: 'processed' });
    const send = await session(simulator);
    const path = `/rest/api/pcm/ManagedSystem/${onlySystem(simulator).id}`;
    expect((await send(`${path}/RawMetrics/EnergyMonitor`)).status).toBe(404);
    expect(linksOf(await (await send(`${path}/ProcessedMetrics?Type=Energy`)).text())).toHaveLength(240);
  });

  test('is rejected where it is not monitored', async () => {
    const simulator = await startSimulator({ energy: false });
    const send = await session(simulator);
    const path = `/rest/api/pcm/ManagedSystem/${onlySystem(simulator).id}`;
    expect((await send(`${path}/RawMetrics/EnergyMonitor`)).status).toBe(403);
    expect((await send(`${path}/ProcessedMetrics?Type=Energy`)).status).toBe(403);
  });
});
