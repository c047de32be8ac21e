import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { CeilometerExporter, type CeilometerSample } from '../../src/ceilometer/index.ts';
import { inspectionReport } from '../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { lpar, PARTITION_ID, phyp, START, storage, vios, viosPartition } from '../helpers/documents.ts';
import { inspectPolls, lastFrame, type Poll } from '../helpers/frames.ts';

type Fields = Record<string, unknown>;

const STEP = 30_000;
const INTERVAL = 60_000;
const at = (index: number) => START + index * STEP;
const processorOf = (time: number, overrides: Fields) => ({ ...(lpar(time).processor as Fields), ...overrides });

/** The classic set of what the polls come to. */
async function samplesOf(polls: readonly Poll[], interval = 0): Promise<readonly CeilometerSample[]> {
  const samples: CeilometerSample[] = [];
  const exporter = new CeilometerExporter({
    publishers: [
      {
        name: 'memory://',
        publish: async (published) => void samples.push(...published),
        close: async () => undefined,
      },
    ],
    meterSet: 'classic',
    interval,
    clock: new ManualClock(START + 3_600_000),
  });
  const view = metricView();
  for (const frame of inspectPolls(polls)) await exporter.exportBatch(resourceMetricsOf([frame], view));
  await exporter.forceFlush();
  return samples;
}

const volumes = (samples: readonly CeilometerSample[], name: string) =>
  samples.filter((sample) => sample.name === name).map(({ volume }) => volume);

describe('an incomplete total is not sent', () => {
  const SLOT = 'U9009.42A.ZZ1-V5-C';
  const client = (time: number, servers: readonly (readonly [number, number])[]) =>
    lpar(time, {
      storage: {
        genericVirtualAdapters: servers.map(([number, slot], index) => ({
          physicalLocation: `${SLOT}${index + 2}`,
          viosId: number,
          viosAdapterSlotId: slot,
        })),
      },
    });
  const server = (time: number, number: number, adapters: readonly (readonly [string, number, Fields])[]) =>
    vios(
      time,
      {
        storage: {
          genericVirtualAdapters: adapters.map(([id, slot, counters]) => ({
            id,
            type: 'virtual',
            physicalLocation: `U9009.42A.ZZ1-V${number}-C${slot}`,
            ...storage(),
            ...counters,
          })),
        },
      },
      String(number),
    );
  const frame = (index: number, servers: readonly (readonly [number, number])[], vioses: readonly string[]): Poll => ({
    time: at(index),
    phyp: phyp(at(index), {
      lpars: [client(at(index), servers)],
      vioses: [
        viosPartition(at(index)),
        viosPartition(at(index), { id: 2, uuid: PARTITION_ID.replace('1A', '3A'), name: 'vios2' }),
      ],
    }),
    vioses,
  });
  const pair = [
    [1, 10],
    [2, 10],
  ] as const;
  const of = (index: number, number: number) =>
    server(at(index), number, [['vhost0', 10, { readBytes: (index + 1) * 1000 * number, numOfReads: index * number }]]);

  test('cpu, where only one of its modes can be read, also in the very first sample', async () => {
    const bad = (index: number) => ({
      utilizedCappedProcCycles: index % 2 === 0 ? null : (1000 + index) * 512_000_000,
    });
    const poll = (index: number) => ({
      time: at(index),
      phyp: phyp(at(index), { lpars: [lpar(at(index), { processor: processorOf(at(index), bad(index)) })] }),
    });
    const cpu = volumes(await samplesOf([0, 1, 2, 3].map(poll)), 'cpu');
    expect(cpu).toHaveLength(2);
    for (const volume of cpu) expect(volume).toBeGreaterThan(2_000 * 1e9);
  });

  test('iops, where only reads can be read', async () => {
    const writes = (index: number) => (index === 2 ? { numOfWrites: null } : { numOfWrites: index * 60 });
    const poll = (index: number) =>
      frame(index, [[1, 10]], [server(at(index), 1, [['vhost0', 10, { numOfReads: index * 30, ...writes(index) }]])]);
    expect(volumes(await samplesOf([0, 1, 2, 3].map(poll)), 'disk.device.iops')).toEqual([3, 3]);
  });

  test('sums over devices, while a VIOS never reported', async () => {
    const polls = [0, 1, 2, 3, 4, 5].map((index) =>
      frame(index, pair, index < 3 ? [of(index, 1)] : [of(index, 1), of(index, 2)]),
    );
    // Minutes of two samples each; in the second one vios2 begins to tell.
    expect(volumes(await samplesOf(polls, INTERVAL), 'disk.read.bytes')).toEqual([12_000, 18_000]);
  });

  test('property: no sum over devices is less than its parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 2, maxLength: 12 }),
        async (reported) => {
          const polls = reported.map(([one, two], index) =>
            frame(index, pair, [...(one ? [of(index, 1)] : []), ...(two ? [of(index, 2)] : [])]),
          );
          const samples = (await samplesOf(polls, INTERVAL)).filter(({ name }) => name === 'disk.read.bytes');
          for (const { volume, timestamp } of samples) {
            const minute = Math.floor((Date.parse(`${timestamp}Z`) - START) / INTERVAL);
            // Each has 1000 and 2000 times the number of its sample, and has at least the first of the minute.
            expect(volume).toBeGreaterThanOrEqual((minute * 2 + 1) * 3000);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a slot whose device changes between samples is counted once', async () => {
    const polls = [0, 1, 2, 3].map((index) =>
      index < 3
        ? frame(index, [[1, 10]], [server(at(index), 1, [['vhost2', 10, { readBytes: 5000 + index }]]), of(index, 2)])
        : frame(
            index,
            [[2, 11]],
            [server(at(index), 2, [['vhost1', 11, { readBytes: 7000 }]]), server(at(index), 1, [['vhost9', 99, {}]])],
          ),
    );
    expect(volumes(await samplesOf(polls, INTERVAL), 'disk.read.bytes')).toEqual([5001, 7000]);
  });
});

describe('a partition that is switched off', () => {
  const off = (time: number) =>
    lpar(time, {
      state: 'Not Activated',
      memory: { logicalMem: 0, backedPhysicalMem: 0 },
      processor: processorOf(time, {
        entitledProcCycles: 0,
        utilizedCappedProcCycles: 0,
        utilizedUnCappedProcCycles: 0,
        idleProcCycles: 0,
      }),
    });

  test('has a state and no zero-valued meters', async () => {
    const polls = [0, 1, 2].map((index) => ({
      time: at(index),
      phyp: phyp(at(index), { lpars: [index === 0 ? lpar(at(index)) : off(at(index))] }),
    }));
    const samples = await samplesOf(polls);
    expect(volumes(samples, 'power.state')).toEqual([1, 5, 5]);
    const later = samples.filter(({ timestamp }) => Date.parse(`${timestamp}Z`) > START);
    expect(new Set(later.map(({ name }) => name))).toEqual(new Set(['power.state']));
  });
});

describe('cpu_time of the inspector and `cpu` of Ceilometer are the same nanosecond', () => {
  const timeOf = (capped: number, uncapped: number, frequency: number): Poll => ({
    time: START,
    phyp: phyp(START, {
      lpars: [
        lpar(START, {
          processor: processorOf(START, { utilizedCappedProcCycles: capped, utilizedUnCappedProcCycles: uncapped }),
        }),
      ],
      sample: { processor: { procCyclesPerSecond: frequency } },
    }),
  });
  const inspected = (poll: Poll) => inspectionReport([lastFrame([poll])]).systems[0]?.partitions[0]?.instance.cpu_time;

  test('rounded down once, also from cycles that are not whole', async () => {
    for (const [capped, uncapped, frequency, nanoseconds] of [
      [264_619_289_721, 641_419_282, 512e6, 518_087_322_271],
      [0.5, 0.5, 512e6, 1],
      [1.75, 0.29, 1e9, 2],
      [2 ** 53 - 1, 0, 512e6, 17_592_186_044_415_998n],
    ] as const) {
      const poll = timeOf(capped, uncapped, frequency);
      expect(BigInt(inspected(poll) ?? -1)).toBe(BigInt(nanoseconds));
      expect(volumes(await samplesOf([poll]), 'cpu')).toEqual([Number(nanoseconds)]);
    }
  });

  test('property: for any counters', async () => {
    const cycles = fc.oneof(fc.maxSafeNat(), fc.double({ min: 0, max: 1e12, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(
        cycles,
        cycles,
        fc.constantFrom(512e6, 1e9, 498_765_432),
        async (capped, uncapped, frequency) => {
          const poll = timeOf(capped, uncapped, frequency);
          expect(volumes(await samplesOf([poll]), 'cpu')).toEqual([Number(inspected(poll))]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('memory_usage keeps its digits', () => {
    const poll = {
      time: START,
      phyp: phyp(START),
      lpar: JSON.stringify({
        lparUtil: [
          {
            uuid: PARTITION_ID,
            timeStamp: new Date(START).toISOString(),
            memory: { realMemSizeBytes: 2 ** 32, pctRealMemAvbl: 58, pctRealMemFree: 20 },
          },
        ],
      }),
    };
    expect(inspectionReport([lastFrame([poll])]).systems[0]?.partitions[0]?.instance.memory_usage).toBe(1720.32);
  });
});

test('cpu.delta and rates of packets are in the classic set', async () => {
  const network = (index: number) => ({
    virtualEthernetAdapters: [
      { physicalLocation: 'U-V5-C2', vlanId: 1, vswitchId: 0, receivedPackets: index * 300, sentPackets: index * 600 },
    ],
  });
  const poll = (index: number) => ({
    time: at(index),
    phyp: phyp(at(index), { lpars: [lpar(at(index), { network: network(index) })] }),
  });
  const samples = await samplesOf([0, 1].map(poll));
  expect(samples.find(({ name }) => name === 'cpu.delta')).toMatchObject({ volume: 22.5e9, type: 'delta', unit: 'ns' });
  expect(samples.find(({ name }) => name === 'network.incoming.packets.rate')).toMatchObject({
    volume: 10,
    type: 'gauge',
    unit: 'packet/s',
  });
  expect(volumes(samples, 'network.outgoing.packets.rate')).toEqual([20]);
});
