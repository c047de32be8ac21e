import { describe, expect, test } from 'vitest';
import type { FrameActivity } from '../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { lpar, PARTITION_ID, phyp, START, storage, vea, vios, viosPartition } from '../helpers/documents.ts';
import { inspectPolls, lastFrame, lastPartition, type Poll } from '../helpers/frames.ts';
import { pointsOf } from '../helpers/points.ts';

const NEXT = START + 30_000;
const THIRD = START + 60_000;
const LOCATION = 'U9009.42A.ZZ1-V5-C2';

type Fields = Record<string, unknown>;
type Parts = Parameters<typeof phyp>[1];

/** Two polls, the second with what is under test. */
const two = (parts: (time: number) => Parts, vioses: (time: number) => readonly string[] = () => []): Poll[] =>
  [START, NEXT].map((time) => ({ time, phyp: phyp(time, parts(time)), vioses: vioses(time) }));

const processorOf = (time: number, overrides: Fields = {}) => ({
  ...(lpar(time) as { processor: Fields }).processor,
  ...overrides,
});

const valuesOf = (frame: FrameActivity, name: string) =>
  pointsOf(resourceMetricsOf([frame], metricView()))
    .filter((point) => point.name === name)
    .map(({ value }) => value);

describe('a VIOS that does not report', () => {
  const withVios = (document: (time: number) => string | undefined, overrides: Fields = {}) =>
    lastFrame(
      two(
        (time) => ({ vioses: [viosPartition(time, overrides)] }),
        (time) => [document(time) ?? []].flat(),
      ),
    );
  const failing = (time: number, id: string) =>
    vios(time).replace('"errorInfo":[]', `"errorInfo":[{"errId":"${id}","errMsg":"x"}]`);

  test.each([
    ['is not running', withVios((time) => vios(time), { state: 'Open Firmware' })],
    ['has no document', withVios(() => undefined)],
    ['says that it is not running (4002)', withVios((time) => failing(time, '4002'))],
    ['has no RMC connection (4005)', withVios((time) => failing(time, '4005'))],
    ['has collected nothing (status 1)', withVios((time) => vios(time).replace('"status":0', '"status":1'))],
  ])('is masked, not zeroed: it %s', (_what, frame) => {
    const masked = frame.partitions.find(({ type }) => type === 'vios');
    expect(masked?.processor).toMatchObject({ busy: undefined, utilization: undefined });
    expect(masked?.processor.consumed).toBeCloseTo(0.75);
    expect(masked?.processor.entitlement).toBeCloseTo(1);
    expect(masked?.vios?.memory.usage).toBeUndefined();
    expect(frame.system.processor).toMatchObject({ busy: undefined, utilization: undefined });
    expect(frame.system.processor.consumed).toBeCloseTo(1.5);
    expect(valuesOf(frame, 'powervm.system.cpu.busy')).toEqual([]);
  });

  test('is not masked for an unrelated error', () => {
    const frame = withVios((time) => failing(time, '3004'));
    expect(frame.partitions.find(({ type }) => type === 'vios')?.processor.busy).toBeCloseTo(0.6);
    expect(frame.system.processor.busy).toBeCloseTo(1.2);
  });
});

describe('a sample that PCM could not collect', () => {
  const errors = { status: 2, errorInfo: [{ errId: '3004', errMsg: 'SR-IOV statistics failed' }] };

  test('in part (status 2) is used, since the values present are valid', () => {
    const frame = lastFrame(two((time) => ({ sample: time === NEXT ? errors : {} })));
    expect(frame.system).toMatchObject({ status: 2, errors: [{ id: '3004' }] });
    expect(frame.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
  });

  test('at all (status 1) is not a sample, and the next one is compared with the previous valid one', () => {
    const zeros = lpar(NEXT, { processor: processorOf(NEXT, { utilizedCappedProcCycles: 0, idleProcCycles: 0 }) });
    const frames = inspectPolls([
      { time: START, phyp: phyp(START) },
      { time: NEXT, phyp: phyp(NEXT, { lpars: [zeros], sample: { status: 1 } }) },
      { time: THIRD, phyp: phyp(THIRD) },
    ]);
    expect(frames.map(({ time }) => time)).toEqual([START, THIRD]);
    expect(frames[1]?.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
    expect(frames[1]?.partitions[0]?.startTime).toBe(START);
  });
});

describe('decreasing counters', () => {
  const adapterWith = (counters: Fields) => (time: number) => ({
    lpars: [lpar(time, { network: { virtualEthernetAdapters: [vea(LOCATION, time === NEXT ? counters : {})] } })],
  });

  test.each(['receivedBytes', 'sentPackets', 'droppedPackets', 'sentPhysicalBytes'])(
    '%s of an adapter: its series restart without a rate',
    (counter) => {
      const [adapter] = lastPartition(two(adapterWith({ [counter]: 0 }))).networkAdapters;
      expect(adapter).toMatchObject({ startTime: NEXT, rates: undefined });
    },
  );

  test('of an adapter do not affect its partition', () => {
    const partition = lastPartition(two(adapterWith({ receivedBytes: 0 })));
    expect(partition.startTime).toBe(START);
    expect(partition.processor.consumed).toBeCloseTo(0.75);
  });

  test('dispatch wait alone: its own series restarts, processor time continues', () => {
    const fallen = (time: number) => ({
      lpars: [lpar(time, { processor: processorOf(time, { timeSpentWaitingForDispatch: time === START ? 7 : 1 }) })],
    });
    const frame = lastFrame(two(fallen));
    const view = metricView({ metrics: { 'powervm.lpar.cpu.dispatch_wait': { enabled: true } } });
    const startOf = (metric: string) =>
      pointsOf(resourceMetricsOf([frame], view)).find(({ name }) => name === metric)?.startTime[0];
    expect(startOf('powervm.lpar.cpu.dispatch_wait')).toBe(NEXT / 1000);
    expect(startOf('powervm.lpar.cpu.time')).toBe(START / 1000);
    expect(frame.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
  });

  test('of a pool, the firmware or a restarted system produce no value, and none that is negative', () => {
    const pool = { id: 0, name: 'DefaultPool', maxProcUnits: 16 };
    const frame = lastFrame(
      two((time) => ({
        lpars: [lpar(time === START ? START : START - 900_000)],
        sample: {
          systemFirmware: { utilizedProcCycles: time === START ? 1000 : 1, assignedMem: 1 },
          sharedProcessorPool: [
            { ...pool, assignedProcCycles: time === START ? 1000 : 1, utilizedPoolCycles: time === START ? 500 : 1 },
          ],
          ...(time === START ? {} : { timeBasedCycles: 512_000_000 }),
        },
      })),
    );
    expect(frame.system.sharedPools[0]).toMatchObject({ size: undefined, consumed: undefined, limit: 16 });
    expect(frame.system.processor).toMatchObject({ firmware: undefined, consumed: undefined, utilization: undefined });
  });
});

describe('wrong timestamps', () => {
  test('a sample with the time of the previous one makes no second point', () => {
    const repeated = phyp(START, { lpars: [lpar(NEXT)] });
    const frames = inspectPolls([
      { time: START, phyp: phyp(START) },
      { time: NEXT, phyp: repeated },
    ]);
    expect(frames.map(({ partitions }) => partitions[0]?.fresh)).toEqual([true, false]);
    expect(pointsOf(resourceMetricsOf(frames.slice(1), metricView()))).toEqual([]);
  });

  test('a clock jump of an hour changes no rate, since cycles are divided by cycles', () => {
    const jumped = phyp(NEXT).replace('2026-03-04T12:00:30+0000', '2026-03-04T13:00:30+0000');
    const partition = lastPartition([
      { time: START, phyp: phyp(START) },
      { time: NEXT, phyp: jumped },
    ]);
    expect(partition.time).toBe(NEXT + 3_600_000);
    expect(partition.processor.consumed).toBeCloseTo(0.75);
  });
});

describe('partitions that are not running', () => {
  test('a powered-off one shows its state, and no utilization', () => {
    const off = (time: number) => ({
      lpars: [lpar(time, { state: 'Not Activated', processor: processorOf(START), memory: {} })],
    });
    const partition = lastPartition(two(off));
    expect(partition).toMatchObject({ state: 'Not Activated', networkAdapters: [], disks: [] });
    expect(partition.memory).toEqual({ limit: undefined, backed: undefined });
    expect(partition.processor.utilization).toBeUndefined();
  });

  test('a partition in Open Firmware has its assigned resources', () => {
    const frame = lastFrame(two((time) => ({ lpars: [lpar(time, { state: 'Open Firmware' })] })));
    expect(frame.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
    expect(frame.system.partitionCounts).toEqual([{ type: 'aix_linux', state: 'Open Firmware', count: 1 }]);
  });

  test('the previous state is reported once, with 0', () => {
    const states = ['Running', 'Shutting Down', 'Shutting Down'];
    const frames = inspectPolls(
      states.map((state, index) => {
        const time = START + index * 30_000;
        return { time, phyp: phyp(time, { lpars: [lpar(time, { state })] }) };
      }),
    );
    const reported = frames.map((frame) =>
      pointsOf(resourceMetricsOf([frame], metricView()))
        .filter(({ name }) => name === 'powervm.lpar.status')
        .map(({ attributes, value }) => [attributes['powervm.lpar.state'], value]),
    );
    expect(reported).toEqual([
      [['Running', 1]],
      [
        ['Shutting Down', 1],
        ['Running', 0],
      ],
      [['Shutting Down', 1]],
    ]);
  });
});

describe('migrations', () => {
  const zeros = {
    mode: 'share_idle_procs',
    maxVirtualProcessors: 0,
    entitledProcCycles: 0,
    utilizedCappedProcCycles: 0,
    utilizedUnCappedProcCycles: 0,
    idleProcCycles: 0,
    donatedProcCycles: 0,
  };
  const resident = (time: number) => lpar(time, { id: 9, uuid: PARTITION_ID.replace('1A', '3A') });
  const adapter = (receivedBytes: number) => ({
    virtualEthernetAdapters: [vea(LOCATION, { receivedBytes, sentBytes: receivedBytes })],
  });

  test('incoming: lifetime cycles and bytes make no rate in the first interval', () => {
    const arriving = (time: number) => ({
      lpars: [
        resident(time),
        time === START
          ? lpar(time, { state: 'Not Activated', processor: zeros, network: adapter(0) })
          : lpar(time, { network: adapter(1e12) }),
      ],
    });
    const frame = lastFrame(two(arriving));
    const partition = frame.partitions.find(({ id }) => id === PARTITION_ID.toLowerCase());
    expect(partition?.processor.consumed).toBeUndefined();
    expect(partition?.startTime).toBe(NEXT);
    expect(partition?.networkAdapters[0]).toMatchObject({ rates: undefined, startTime: NEXT });
    // The frame counts the one that was here all the time.
    expect(frame.system.processor.consumed).toBeCloseTo(0.75);
  });

  test('a placeholder does not count in the sums of its system', () => {
    const waiting = (time: number) => ({
      lpars: [resident(time), lpar(time, { state: 'Not Activated', processor: zeros })],
    });
    const frame = lastFrame(two(waiting));
    expect(frame.system.processor.consumed).toBeCloseTo(0.75);
    expect(frame.system.processor.busy).toBeCloseTo(0.6);
  });

  test('outgoing: the partition is no longer reported, and the system counts the remaining ones', () => {
    const leaving = (time: number) => ({ lpars: time === START ? [resident(time), lpar(time)] : [resident(time)] });
    const frame = lastFrame(two(leaving));
    expect(frame.partitions).toHaveLength(1);
    expect(frame.system.processor.consumed).toBeCloseTo(0.75);
  });

  test('returning with impossibly many cycles: the series restart', () => {
    const away = (time: number) => (time === START ? START : START + 90_000_000);
    const frame = lastFrame(
      two((time) => ({ lpars: [lpar(time, { processor: processorOf(away(time)), network: adapter(time - START) })] })),
    );
    expect(frame.partitions[0]).toMatchObject({ startTime: NEXT, processor: { consumed: undefined } });
    expect(frame.partitions[0]?.networkAdapters[0]).toMatchObject({ startTime: NEXT, rates: undefined });
  });
});

describe('duplicate and empty entries', () => {
  test('a partition with and without dashes is one', () => {
    const doubled = (time: number) => ({ lpars: [lpar(time), lpar(time, { uuid: PARTITION_ID.replaceAll('-', '') })] });
    const frame = lastFrame(two(doubled));
    expect(frame.partitions.map(({ id }) => id)).toEqual([PARTITION_ID.toLowerCase()]);
    expect(frame.system.processor.consumed).toBeCloseTo(0.75);
  });

  test('fscsiN duplicates fcsN, and a port with WWPN zero has no data', () => {
    const document = (time: number) =>
      vios(time, {
        storage: {
          fiberChannelAdapters: [
            { id: 'fcs0', wwpn: '0000000000000000', ...storage() },
            { id: 'fcs1', wwpn: '10000000c9aabbcc', ...storage() },
          ],
          genericPhysicalAdapters: [
            { id: 'fscsi0', ...storage() },
            { id: 'sissas0', ...storage() },
          ],
        },
      });
    const frame = lastFrame(
      two(
        (time) => ({ vioses: [viosPartition(time)] }),
        (time) => [document(time)],
      ),
    );
    const reported = frame.partitions.find(({ type }) => type === 'vios')?.vios;
    expect(reported?.fibreChannelAdapters.map(({ id }) => id)).toEqual(['fcs1']);
    expect(reported?.physicalStorageAdapters.map(({ id }) => id)).toEqual(['sissas0']);
  });

  test('an unconfigured pool is left out, one in use is not', () => {
    const empty = { assignedProcCycles: 0, utilizedPoolCycles: 0, maxProcUnits: 0, borrowedPoolProcUnits: 0 };
    const frame = lastFrame(
      two((time) => ({
        sample: {
          sharedProcessorPool: [
            { id: 0, name: 'DefaultPool', ...empty },
            { id: 1, name: 'SharedPool01', ...empty },
            { id: 2, name: 'SharedPool02', ...empty, maxProcUnits: 2 },
            { id: 3, name: 'database', ...empty, assignedProcCycles: (time - START) * 512_000 },
          ],
        },
      })),
    );
    expect(frame.system.sharedPools.map(({ id, size }) => [id, size])).toEqual([
      [0, 0],
      [2, 0],
      [3, 1],
    ]);
  });

  test('ports of SR-IOV and HEA adapters are reported with their location; one without a location is not', () => {
    const counters = { receivedBytes: 1, sentBytes: 2, receivedPackets: 3, sentPackets: 4, droppedPackets: 5 };
    const frame = lastFrame(
      two(() => ({
        sample: {
          network: {
            sriovAdapters: [
              { drcIndex: '553713696', physicalPorts: [{ id: 0, physicalLocation: 'T1', ...counters, errorIn: 6 }] },
            ],
            heAdapters: [{ physicalPorts: [{ physicalLocation: 'U78-P1-C6-T1', ...counters }, counters] }],
          },
        },
      })),
    );
    const points = pointsOf(resourceMetricsOf([frame], metricView()));
    const received = points.filter(
      ({ name, attributes }) =>
        name === 'powervm.system.network.io' && attributes['network.io.direction'] === 'receive',
    );
    expect(received.map(({ attributes, value }) => [attributes, value])).toEqual([
      [
        {
          'powervm.adapter.id': '553713696',
          'powervm.port.id': '0',
          'powervm.port.location': 'T1',
          'network.io.direction': 'receive',
        },
        1,
      ],
      [{ 'powervm.port.location': 'U78-P1-C6-T1', 'network.io.direction': 'receive' }, 1],
    ]);
    expect(points.filter(({ name }) => name === 'powervm.system.network.errors').map(({ value }) => value)).toEqual([
      6,
    ]);
  });
});

describe('a shared storage pool that two VIOSes see', () => {
  const member = (time: number, number: string, usedSpace: number) =>
    vios(
      time,
      { storage: { sharedStoragePools: [{ id: 'pool', totalSpace: 1000, usedSpace, ...storage() }] } },
      number,
    );
  const both = (time: number) => ({
    vioses: [
      viosPartition(time),
      viosPartition(time, { id: 2, uuid: '4A2B3C4D-0000-4000-8000-00000000000D', name: 'vios2' }),
    ],
  });
  const usage = (frames: readonly FrameActivity[]) =>
    pointsOf(resourceMetricsOf(frames, metricView()))
      .filter(({ name }) => name === 'powervm.ssp.usage')
      .map(({ value, endTime }) => [Number(value) / 2 ** 20, endTime[0] * 1000]);

  test('is reported by one, which stays the reporter while its document is late', () => {
    const frames = inspectPolls([
      { time: START, phyp: phyp(START, both(START)), vioses: [member(START, '1', 1), member(START, '2', 2)] },
      { time: NEXT, phyp: phyp(NEXT, both(NEXT)), vioses: [member(NEXT, '2', 4)] },
      { time: NEXT, vioses: [member(NEXT, '1', 3)] },
    ]);
    expect(usage(frames)).toEqual([
      [1, START],
      [3, NEXT],
    ]);
  });

  test('is reported by another when the first is missing for four samples', () => {
    const times = Array.from({ length: 7 }, (_, index) => START + index * 30_000);
    const frames = inspectPolls(
      times.map((time) => ({
        time,
        phyp: phyp(time, both(time)),
        vioses: time === START ? [member(time, '1', 1), member(time, '2', 2)] : [member(time, '2', 2)],
      })),
    );
    expect(usage(frames)).toEqual([
      [1, START],
      [2, START + 150_000],
      [2, START + 180_000],
    ]);
  });

  test('has the traffic of each, which continues after a late document', () => {
    const frames = inspectPolls([
      { time: START, phyp: phyp(START, both(START)), vioses: [member(START, '1', 1), member(START, '2', 2)] },
      { time: NEXT, phyp: phyp(NEXT, both(NEXT)), vioses: [member(NEXT, '1', 3)] },
      { time: THIRD, phyp: phyp(THIRD, both(THIRD)), vioses: [member(THIRD, '1', 3), member(THIRD, '2', 4)] },
    ]);
    const clients = frames.at(-1)?.storagePools[0]?.clients;
    expect(clients?.map(({ vios: { number }, startTime }) => [number, startTime])).toEqual([
      [1, START],
      [2, START],
    ]);
  });
});
