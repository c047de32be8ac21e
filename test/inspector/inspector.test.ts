import { describe, expect, test } from 'vitest';
import { InspectorError } from '../../src/base/errors/errors.ts';
import { emptyInventory, inspectionReport, PowerVmInspector, stringifyReport } from '../../src/inspector/index.ts';
import { lpar, PARTITION_ID, phyp, START, storage, vea, vios, viosPartition } from '../helpers/documents.ts';
import { lastFrame, SYSTEM_ID } from '../helpers/frames.ts';

const NEXT = START + 30_000;
const LOCATION = 'U9009.42A.ZZ1-V5-C2';

/** Two samples of a partition with a network adapter and a disk on each of two VIOSes. */
function frame() {
  const poll = (time: number) => {
    const step = (time - START) / 30_000;
    const network = { virtualEthernetAdapters: [vea(LOCATION, { receivedBytes: 1000 + 3000 * step })] };
    const clients = [1, 2].map((viosId) => ({
      physicalLocation: `U-V5-C${viosId + 2}`,
      viosId,
      viosAdapterSlotId: 1000,
    }));
    const server = (number: string) =>
      vios(
        time,
        {
          storage: {
            genericVirtualAdapters: [
              {
                id: 'vhost0',
                type: 'virtual',
                physicalLocation: `U-V${number}-C1000`,
                ...storage({ readBytes: 600 * step * Number(number), numOfReads: 3 * step }),
              },
            ],
          },
        },
        number,
      );
    return {
      time,
      phyp: phyp(time, {
        lpars: [lpar(time, { network, storage: { genericVirtualAdapters: clients } })],
        vioses: [
          viosPartition(time),
          viosPartition(time, { id: 2, uuid: '4A2B3C4D-0000-4000-8000-00000000000D', name: 'vios2' }),
        ],
      }),
      vioses: [server('1'), server('2')],
    };
  };
  const inventory = emptyInventory(SYSTEM_ID);
  const partitions = new Map([
    [
      PARTITION_ID.toLowerCase(),
      {
        operatingSystem: undefined,
        virtualProcessors: 2,
        clientAdapters: new Map([[LOCATION, { mac: 'fa:16:3e:00:00:01' }]]),
      },
    ],
  ]);
  return lastFrame([poll(START), poll(NEXT)], { ...inventory, partitions });
}

describe('the virt inspector', () => {
  const activity = frame();
  const inspector = new PowerVmInspector({ frames: () => [activity] });

  test('finds a partition by its UUID and by that of its instance, in any spelling', () => {
    const instance = `9${PARTITION_ID.slice(1)}`;
    for (const id of [PARTITION_ID, PARTITION_ID.toLowerCase().replaceAll('-', ''), instance]) {
      expect(inspector.partition(id).name).toBe('db1');
    }
    expect(() => inspector.partition('9'.repeat(32))).toThrow(InspectorError);
  });

  test('returns processor time in nanoseconds and memory in MiB', () => {
    expect(inspector.inspectInstance(PARTITION_ID)).toMatchObject({
      cpu_number: 4,
      cpu_time: 2_022_500_000_000,
      memory_actual: 4096,
    });
    expect(inspector.inspectInstance(PARTITION_ID).memory_usage).toBeUndefined();
  });

  test('returns network adapters with address, drops and rates', () => {
    expect(inspector.inspectVnics(PARTITION_ID)).toEqual([
      {
        name: LOCATION,
        mac: 'fa:16:3e:00:00:01',
        rx_bytes: 4000,
        rx_packets: 10,
        tx_bytes: 2000,
        tx_packets: 20,
        drop: 3,
      },
    ]);
    expect(inspector.inspectVnicRates(PARTITION_ID)).toEqual([
      { name: LOCATION, mac: 'fa:16:3e:00:00:01', rx_bytes_rate: 100, tx_bytes_rate: 0 },
    ]);
  });

  test('distinguishes vhost0 of two VIOSes', () => {
    expect(inspector.inspectDisks(PARTITION_ID).map(({ device, read_bytes }) => [device, read_bytes])).toEqual([
      ['vios1.vhost0', 600],
      ['vios2.vhost0', 1200],
    ]);
    expect(inspector.inspectDiskRates(PARTITION_ID)[1]).toMatchObject({ device: 'vios2.vhost0', read_bytes_rate: 40 });
    expect(inspector.inspectDiskIops(PARTITION_ID)[0]).toEqual({ device: 'vios1.vhost0', iops_count: 0.1 });
  });

  test('writes integers above 2^53 in full', () => {
    const big = {
      ...activity,
      partitions: activity.partitions.map((partition) => ({
        ...partition,
        processor: { ...partition.processor, cappedCycles: 2n ** 63n },
      })),
    };
    expect(stringifyReport(inspectionReport([big]))).toContain('"capped":9223372036854775808');
  });
});
