import { describe, expect, test } from 'vitest';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { lpar, PARTITION_ID, phyp, START, vios, viosPartition } from '../helpers/documents.ts';
import { inspectPolls, lastFrame, type Poll } from '../helpers/frames.ts';
import { pointsOf } from '../helpers/points.ts';

type Fields = Record<string, unknown>;

const STEP = 30_000;
const at = (index: number) => START + index * STEP;

describe('a state that a document omits', () => {
  const statusOf = (states: readonly (string | null)[]) =>
    inspectPolls(
      states.map((state, index) => ({
        time: at(index),
        phyp: phyp(at(index), { lpars: [lpar(at(index), { state })] }),
      })),
    ).map((frame) =>
      pointsOf(resourceMetricsOf([frame], metricView()))
        .filter(({ name }) => name === 'powervm.lpar.status')
        .map(({ attributes, value }) => `${attributes['powervm.lpar.state']} ${value}`),
    );

  test('does not end the previous state', () => {
    expect(statusOf(['Running', null, 'Running'])).toEqual([['Running 1'], [], ['Running 1']]);
  });

  test('does not hide that the previous state has ended', () => {
    expect(statusOf(['Running', null, 'Not Activated', 'Not Activated'])).toEqual([
      ['Running 1'],
      [],
      ['Not Activated 1', 'Running 0'],
      ['Not Activated 1'],
    ]);
  });
});

describe('memory with unknown usage', () => {
  const memoryPoints = (polls: readonly Poll[]) =>
    pointsOf(
      resourceMetricsOf([lastFrame(polls)], metricView({ metrics: { 'powervm.lpar.memory.free': { enabled: true } } })),
    )
      .filter(({ name }) => /\.memory\.(usage|utilization|os\.limit|free)$/.test(name))
      .map(({ name }) => name);
  const guest = (memory: Fields) =>
    JSON.stringify({
      lparUtil: [{ uuid: PARTITION_ID, timeStamp: new Date(START).toISOString(), memory }],
    });

  test('utilizedMem 0 of a running VIOS', () => {
    const poll = (utilizedMem: number) => ({
      time: START,
      phyp: phyp(START, { vioses: [viosPartition(START)] }),
      vioses: [vios(START, { memory: { utilizedMem } })],
    });
    expect(memoryPoints([poll(2048)])).toHaveLength(2);
    expect(memoryPoints([poll(0)])).toEqual([]);
  });

  test('realMemSizeBytes 0 of a guest', () => {
    const poll = (realMemSizeBytes: number) => ({
      time: START,
      phyp: phyp(START),
      lpar: guest({ realMemSizeBytes, pctRealMemAvbl: 40, pctRealMemFree: 20 }),
    });
    expect(memoryPoints([poll(2 ** 32)])).toHaveLength(4);
    expect(memoryPoints([poll(0)])).toEqual([]);
  });
});

describe('error 4005 or 4002 in the hypervisor document only', () => {
  const second = { id: 2, uuid: PARTITION_ID.replace('1A', '3A'), name: 'vios2' };
  const frameWith = (errId: string, errMsg: string) =>
    lastFrame(
      [0, 1].map((index) => ({
        time: at(index),
        phyp: phyp(at(index), {
          vioses: [viosPartition(at(index)), viosPartition(at(index), second)],
          sample: { status: 2, errorInfo: [{ errId, errMsg }] },
        }),
        vioses: [vios(at(index)), vios(at(index), {}, '2')],
      })),
    );
  const known = (errId: string, errMsg: string) => {
    const { partitions, system } = frameWith(errId, errMsg);
    const reported = partitions.filter(({ type, processor, vios: activity }) => {
      expect(processor.consumed).toBeCloseTo(0.75);
      expect(activity?.memory.usage === undefined).toBe(type === 'vios' ? processor.busy === undefined : true);
      return processor.busy !== undefined;
    });
    expect(system.processor.consumed).toBeCloseTo(2.25);
    expect(system.processor.busy === undefined).toBe(reported.length < 3);
    return reported.map(({ name }) => name);
  };

  test.each([
    ['4005', 'RMC is INACTIVE on vios: 2 Unable to collect data', ['db1', 'vios1']],
    ['4002', 'VIOS 1 is not in running state', ['db1', 'vios2']],
    ['4005', 'RMC is INACTIVE on vios: 1, 2', ['db1']],
    ['4005', 'The RMC connection of the Virtual I/O Server is inactive.', ['db1']],
    ['3004', 'Failed to fetch SR-IOV adapter statistics of vios: 2', ['db1', 'vios1', 'vios2']],
  ])('%s %s', (errId, errMsg, names) => {
    expect(known(errId, errMsg)).toEqual(names);
  });
});
