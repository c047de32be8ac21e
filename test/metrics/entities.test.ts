import { describe, expect, test } from 'vitest';
import { listMetrics, metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { PARTITION_ID, phyp, START, vios, viosPartition } from '../helpers/documents.ts';
import { lastFrame, type Poll } from '../helpers/frames.ts';
import { pointsOf } from '../helpers/points.ts';

const NEXT = START + 30_000;
const MIB = 2 ** 20;
const SECOND = 512_000_000;
const view = metricView({ metrics: Object.fromEntries(listMetrics().map(({ name }) => [name, { enabled: true }])) });

/** The points of the second of two samples by metric, each as its attributes that are not its entity's, and its value. */
function reported(
  sample: (seconds: number) => Record<string, unknown>,
  more: (time: number) => Partial<Poll> = () => ({}),
) {
  const poll = (time: number): Poll => ({
    time,
    phyp: phyp(time, { vioses: [viosPartition(time)], sample: sample((time - START) / 1000) }),
    vioses: [vios(time)],
    ...more(time),
  });
  const points = pointsOf(resourceMetricsOf([lastFrame([poll(START), poll(NEXT)])], view));
  return (name: string) =>
    points.filter((point) => point.name === name).map((point) => [point.attributes, point.value]);
}

describe('pools of a frame', () => {
  test.each([
    ['as the documents have it', 'utilizedPoolCycles', 'borrowedPoolProcUnits'],
    ['as the specification has it', 'utilizedProcCycles', 'borrowedProcUnits'],
  ])('processors, %s', (_what, consumed, borrowed) => {
    const valuesOf = reported((seconds) => ({
      physicalProcessorPool: {
        totalPoolCycles: seconds * 12 * SECOND,
        [consumed]: seconds * 3 * SECOND,
        configurablePoolProcUnits: 11,
        currAvailablePoolProcUnits: 4.5,
        [borrowed]: 2,
      },
      sharedProcessorPool: [
        {
          id: 1,
          name: 'database',
          assignedProcCycles: seconds * 4 * SECOND,
          [consumed]: seconds * SECOND,
          maxProcUnits: 6,
          [borrowed]: 1,
        },
      ],
    }));
    const pool = { 'powervm.pool.id': 1, 'powervm.pool.name': 'database' };
    const expected: Record<string, unknown> = {
      'powervm.physical_pool.cpu.size': [[{}, 12]],
      'powervm.physical_pool.cpu.consumed': [[{}, 3]],
      'powervm.physical_pool.cpu.configurable': [[{}, 11]],
      'powervm.physical_pool.cpu.available': [[{}, 4.5]],
      'powervm.physical_pool.cpu.borrowed': [[{}, 2]],
      'powervm.physical_pool.cpu.utilization': [[{}, 0.25]],
      'powervm.shared_pool.cpu.size': [[pool, 4]],
      'powervm.shared_pool.cpu.consumed': [[pool, 1]],
      'powervm.shared_pool.cpu.limit': [[pool, 6]],
      'powervm.shared_pool.cpu.borrowed': [[pool, 1]],
      'powervm.shared_pool.cpu.utilization': [[pool, 0.25]],
    };
    for (const [name, points] of Object.entries(expected)) expect(valuesOf(name), name).toEqual(points);
  });

  test('memory', () => {
    const valuesOf = reported(() => ({
      sharedMemoryPool: [
        {
          id: 0,
          name: 'ams',
          totalMem: 1000,
          assignedMemToLpars: 600,
          assignedMemToSysFirmware: 50,
          totalIOMem: 40,
          mappedIOMemToLpars: 30,
        },
        { id: 1, totalMem: 500 },
      ],
    }));
    const pool = { 'powervm.pool.id': 0, 'powervm.pool.name': 'ams' };
    expect(valuesOf('powervm.memory_pool.size')).toEqual([
      [pool, 1000 * MIB],
      [{ 'powervm.pool.id': 1 }, 500 * MIB],
    ]);
    expect(valuesOf('powervm.memory_pool.assigned')).toEqual([[pool, 600 * MIB]]);
    expect(valuesOf('powervm.memory_pool.firmware')).toEqual([[pool, 50 * MIB]]);
    expect(valuesOf('powervm.memory_pool.io.size')).toEqual([[pool, 40 * MIB]]);
    expect(valuesOf('powervm.memory_pool.io.mapped')).toEqual([[pool, 30 * MIB]]);
  });
});

describe('memory inside a guest', () => {
  const guest = (memory: Record<string, number>) => (time: number) => ({
    lpar: JSON.stringify({
      lparUtil: [
        { uuid: PARTITION_ID, id: '5', name: 'db1', timeStamp: compact(time), memory },
        { uuid: '2A2B3C4D-0000-4000-8000-00000000000B', id: '1', name: 'vios1', timeStamp: compact(time), memory },
      ],
    }),
  });
  const compact = (time: number) => `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}+0000`;

  test('equals what RMC reports', () => {
    const memory = {
      realMemSizeBytes: 1000,
      pctRealMemAvbl: 25,
      pctRealMemFree: 10,
      vmPgInRate: 1,
      vmPgOutRate: 2,
      vmPgSpInRate: 0,
      vmPgSpOutRate: 4,
      totalPgSpSizeCount: 10,
      totalPgSpFreeCount: 7,
    };
    const valuesOf = reported(() => ({}), guest(memory));
    const rate = (direction: string, space: string) => ({
      'powervm.paging.direction': direction,
      'powervm.paging.space': space,
    });
    expect(valuesOf('powervm.lpar.memory.paging.rate').slice(0, 4)).toEqual([
      [rate('in', 'file'), 1],
      [rate('out', 'file'), 2],
      [rate('in', 'swap'), 0],
      [rate('out', 'swap'), 4],
    ]);
    expect(valuesOf('powervm.lpar.memory.swap.limit')[0]).toEqual([{}, 40_960]);
    expect(valuesOf('powervm.lpar.memory.swap.usage')[0]).toEqual([{}, 12_288]);
    expect(valuesOf('powervm.lpar.memory.free')[0]).toEqual([{}, 100]);
    // The partition's, and the VIOS's own.
    expect(valuesOf('powervm.lpar.memory.usage')).toEqual([
      [{}, 750],
      [{}, 2048 * MIB],
    ]);
  });

  test('−1 from RMC means unknown and is absent', () => {
    const memory = { realMemSizeBytes: 1000, vmPgInRate: -1, vmPgSpOutRate: -1, totalPgSpSizeCount: -1 };
    const valuesOf = reported(() => ({}), guest(memory));
    for (const name of ['paging.rate', 'swap.limit', 'swap.usage', 'free']) {
      expect(valuesOf(`powervm.lpar.memory.${name}`), name).toEqual([]);
    }
    expect(valuesOf('powervm.lpar.memory.os.limit').length).toBeGreaterThan(0);
  });

  test('of a VIOS that does not report its memory is not substituted', () => {
    const valuesOf = reported(
      () => ({}),
      (time) => ({ vioses: [], ...guest({ realMemSizeBytes: 1000, pctRealMemAvbl: 25 })(time) }),
    );
    expect(valuesOf('powervm.lpar.memory.usage')).toEqual([[{}, 750]]);
  });
});
