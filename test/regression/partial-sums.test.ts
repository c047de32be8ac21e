import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inspectionTable } from '../../src/cli/inspect/inspection-table.ts';
import { frameLines } from '../../src/cli/top/drawing/frame-lines.ts';
import { glyphsFor } from '../../src/cli/top/drawing/glyphs.ts';
import { History } from '../../src/collector/status/history.ts';
import { partitionStatus } from '../../src/collector/status/partition-report.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { lpar, PARTITION_ID, phyp, START, storage, vios, viosPartition } from '../helpers/documents.ts';
import { inspectPolls, lastFrame } from '../helpers/frames.ts';
import { pointsOf } from '../helpers/points.ts';

type Fields = Record<string, unknown>;

const STEP = 30_000;
const OTHER_ID = PARTITION_ID.replace('A', 'C');
const at = (index: number) => START + index * STEP;
const other = (time: number, overrides: Fields = {}) =>
  lpar(time, { id: 6, uuid: OTHER_ID, name: 'web1', ...overrides });
const processorOf = (time: number, overrides: Fields) => ({
  ...(lpar(time).processor as Fields),
  ...overrides,
});

/** Polls of a frame with two partitions and a VIOS, each document changed by `change`. */
function frames(change: (index: number, time: number) => Fields, count = 4) {
  const polls = Array.from({ length: count }, (_, index) => {
    const time = at(index);
    const sample = { lparsUtil: [lpar(time), other(time)], viosUtil: [viosPartition(time)], ...change(index, time) };
    return { time, phyp: phyp(time, { sample }), vioses: [vios(time)] };
  });
  return inspectPolls(polls);
}

const consumed = (change: (index: number, time: number) => Fields, count = 4) =>
  frames(change, count).map(({ system }) => system.processor.consumed?.toFixed(2));

describe('the total of a system is unknown while one of its partitions is', () => {
  test('it is known when nothing is missing', () => {
    expect(consumed(() => ({}))).toEqual([undefined, '2.25', '2.25', '2.25']);
  });

  const once = (fields: (time: number) => Fields) => (index: number, time: number) => (index === 2 ? fields(time) : {});
  test.each([
    ['lparsUtil: null', once(() => ({ lparsUtil: null }))],
    ['lparsUtil is no list', once(() => ({ lparsUtil: {} }))],
    ['lparsUtil: []', once(() => ({ lparsUtil: [] }))],
    ['no lparsUtil', once(() => ({ lparsUtil: undefined }))],
    ['viosUtil: null', once(() => ({ viosUtil: null }))],
    ['an entry that is no object', once((time) => ({ lparsUtil: [lpar(time), 5] }))],
    ['an entry without UUID', once((time) => ({ lparsUtil: [lpar(time), other(time, { uuid: undefined })] }))],
    ['an entry without id', once((time) => ({ lparsUtil: [lpar(time), other(time, { id: undefined })] }))],
    ['an entry without processor', once((time) => ({ lparsUtil: [lpar(time), other(time, { processor: null })] }))],
    ...['utilizedCappedProcCycles', 'utilizedUnCappedProcCycles'].flatMap((counter) =>
      [-5, null, 'x', undefined].map(
        (value) =>
          [
            `${counter} is ${value}`,
            once((time) => ({
              lparsUtil: [lpar(time), other(time, { processor: processorOf(time, { [counter]: value }) })],
            })),
          ] as const,
      ),
    ),
  ] as const)('%s', (_what, change) => {
    // The sample after it has nothing to compare that partition with.
    const sums = consumed(change, 5);
    expect([sums[1], sums[2], sums[4]]).toEqual(['2.25', undefined, '2.25']);
    expect([undefined, '2.25']).toContain(sums[3]);
    const points = pointsOf(resourceMetricsOf([frames(change)[2] ?? expect.fail()], metricView()));
    const exported = points.filter(({ name }) => /^powervm\.system\.cpu\.(consumed|busy|utilization)/.test(name));
    expect(exported).toEqual([]);
  });

  test('a missing list is not an empty list', () => {
    expect(consumed((index) => (index >= 2 ? { lparsUtil: [] } : {}), 5).slice(2)).toEqual(Array(3).fill(undefined));
    expect(consumed((index) => (index >= 2 ? { lparsUtil: null } : {}), 5).slice(2)).toEqual(Array(3).fill(undefined));
  });

  test('a system without VIOSes, or whose last partition has left, has totals', () => {
    expect(consumed(() => ({ viosUtil: undefined }))).toEqual([undefined, '1.50', '1.50', '1.50']);
    const leaving = (state: string) => (index: number, time: number) => ({
      lparsUtil: index < 2 ? [lpar(time, { state })] : [],
    });
    expect(consumed(leaving('Migrating Running'))).toEqual([undefined, '1.50', '0.75', '0.75']);
    expect(consumed(leaving('Running'))).toEqual([undefined, '1.50', undefined, undefined]);
  });

  test('a partition that restarts between samples makes it unknown once; one that arrives or is off does not', () => {
    const fallen = (time: number) =>
      other(time, { processor: processorOf(time, { utilizedCappedProcCycles: 7, utilizedUnCappedProcCycles: 0 }) });
    expect(
      consumed((index, time) => (index === 2 ? { lparsUtil: [lpar(time), fallen(time)] } : {}))[2],
    ).toBeUndefined();
    const off = (time: number) => other(time, { state: 'Not Activated', processor: {} });
    expect(consumed((_, time) => ({ lparsUtil: [lpar(time), off(time)] }))).toEqual([
      undefined,
      '1.50',
      '1.50',
      '1.50',
    ]);
    const arriving = (index: number, time: number) => (index < 2 ? { lparsUtil: [lpar(time)] } : {});
    expect(consumed(arriving)).toEqual([undefined, '1.50', '1.50', '2.25']);
  });

  test('property: no exported sum is smaller than its known parts, whatever a document lacks', () => {
    const bad = fc.constantFrom<unknown>(null, undefined, -1, 'x', {}, [], 0);
    const field = fc.constantFrom(
      'processor',
      'uuid',
      'id',
      'state',
      'utilizedCappedProcCycles',
      'lparsUtil',
      'viosUtil',
    );
    const faults = fc.array(fc.record({ index: fc.nat(4), field, bad }), { maxLength: 4 });
    fc.assert(
      fc.property(faults, (all) => {
        const change = (index: number, time: number): Fields => {
          const sample: Fields = {};
          let changed: Fields = {};
          for (const fault of all.filter((one) => one.index === index)) {
            if (fault.field.endsWith('Util')) sample[fault.field] = fault.bad;
            else if (fault.field.endsWith('Cycles')) {
              changed = { ...changed, processor: processorOf(time, { [fault.field]: fault.bad }) };
            } else changed = { ...changed, [fault.field]: fault.bad };
          }
          return { lparsUtil: [lpar(time), other(time, changed)], ...sample };
        };
        // A frame that lists none of a kind from the beginning may have none.
        const isListedAtFirst = !all.some(
          ({ index, field: name, bad: value }) =>
            index === 0 && name.endsWith('Util') && (value === undefined || Array.isArray(value)),
        );
        for (const { system, partitions } of frames(change, 5)) {
          const { consumed: sum } = system.processor;
          if (sum === undefined) continue;
          const known = partitions.reduce((total, { processor }) => total + (processor.consumed ?? 0), 0);
          expect(sum).toBeGreaterThanOrEqual(known - 1e-9);
          // All three run all the time: a sum without one of them would be less than what they did.
          if (isListedAtFirst && !all.some(({ bad: value }) => value === 0)) expect(sum).toBeCloseTo(2.25);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('property: the same for missing and late documents', () => {
    const came = fc.record({ phyp: fc.boolean(), vios: fc.constantFrom('now', 'late', 'never') });
    fc.assert(
      fc.property(fc.array(came, { minLength: 3, maxLength: 12 }), (instants) => {
        const polls = instants.flatMap(({ phyp: hasHypervisor, vios: arrival }, index) => {
          const time = at(index);
          const sample = { lparsUtil: [lpar(time), other(time)], viosUtil: [viosPartition(time)] };
          const document = vios(time);
          return [
            {
              time,
              ...(hasHypervisor ? { phyp: phyp(time, { sample }) } : {}),
              vioses: arrival === 'now' ? [document] : [],
            },
            ...(arrival === 'late' ? [{ time, vioses: [document] }] : []),
          ];
        });
        for (const { system } of inspectPolls(polls)) {
          const { consumed: sum, busy } = system.processor;
          if (sum !== undefined) expect(sum).toBeCloseTo(2.25);
          if (busy !== undefined) expect(busy).toBeCloseTo(1.8);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('counts of a type with an unknown member are not reported', () => {
    const countsOf = (fields: Fields) =>
      frames((index) => (index === 2 ? fields : {}), 3)
        .at(-1)
        ?.system.partitionCounts.map(({ type, count }) => `${type} ${count}`);
    expect(countsOf({})).toEqual(['aix_linux 2', 'vios 1']);
    expect(countsOf({ lparsUtil: null })).toEqual(['vios 1']);
    expect(countsOf({ lparsUtil: [lpar(at(2)), other(at(2), { state: null })] })).toEqual(['vios 1']);
  });
});

describe('views mark incomplete sums', () => {
  const SLOT = 'U9009.42A.ZZ1-V5-C';
  const client = (time: number) =>
    lpar(time, {
      storage: {
        genericVirtualAdapters: [1, 2].map((number) => ({
          physicalLocation: `${SLOT}${number}`,
          viosId: number,
          viosAdapterSlotId: 10,
        })),
      },
    });
  const server = (time: number, number: number, adapters: Fields = {}) =>
    vios(
      time,
      {
        storage: {
          genericVirtualAdapters: [
            {
              id: 'vhost0',
              type: 'virtual',
              physicalLocation: `U9009.42A.ZZ1-V${number}-C10`,
              ...storage({ readBytes: ((time - START) / 1000) * 1000 * number, writeBytes: 0 }),
            },
          ],
        },
        ...adapters,
      },
      String(number),
    );
  const partitionsOf = (time: number) => ({
    lpars: [client(time)],
    vioses: [viosPartition(time), viosPartition(time, { id: 2, uuid: OTHER_ID.replace('1A', '3A'), name: 'vios2' })],
  });
  const poll = (index: number, vioses: readonly string[]) => ({
    time: at(index),
    phyp: phyp(at(index), partitionsOf(at(index))),
    vioses,
  });
  const both = (index: number) => poll(index, [server(at(index), 1), server(at(index), 2)]);
  const whole = () => lastFrame([both(0), both(1)]);
  const silent = () => lastFrame([both(0), poll(1, [server(at(1), 2)])]);
  const withoutSections = () => lastFrame([both(0), poll(1, [server(at(1), 2), server(at(1), 1, { storage: {} })])]);

  test('inspect', () => {
    const table = (frame: ReturnType<typeof lastFrame>) => inspectionTable(frame, (text) => text);
    expect(table(whole())).toMatch(/ 2\.9 KiB\/s +0 B\/s$/m);
    expect(table(whole())).not.toContain('without');
    for (const frame of [silent(), withoutSections()]) {
      expect(table(frame)).toMatch(/ 2\.0 KiB\/s \* +0 B\/s \*$/m);
      expect(table(frame)).toContain('* without vios1: db1');
    }
  });

  test('top: an asterisk, its explanation, and no other quantity for the processors', () => {
    const glyphs = glyphsFor({ LANG: 'C.UTF-8' });
    const text = (frame: ReturnType<typeof lastFrame>) =>
      frameLines(frame, glyphs)
        .map((line) => line.map((part) => (typeof part === 'string' ? part : part.text)).join(''))
        .join('\n');
    const lines = text(silent());
    expect(lines).toContain('* without vios1');
    expect(lines).toMatch(
      /processors \S* +- +consumed 2\.25 +of 16\.00\s+memory.*\s+busy is not known: vios1 does not report/,
    );
    expect(text(whole())).toMatch(/processors .* 11% +consumed 2\.25 +busy 1\.80/);
  });

  test('the status page, without a dip in its charts', () => {
    const [frame, history] = [silent(), new History()];
    const [partition] = frame.partitions;
    if (!partition) expect.fail();
    expect(partitionStatus(partition, frame)).toMatchObject({ disk: 2000, diskWithout: ['vios1'] });
    expect(partitionStatus(partition, whole())).not.toMatchObject({ diskWithout: expect.anything(), disk: 0 });
    history.add(whole());
    history.add({ ...frame, partitions: [{ ...partition, time: at(2) }] });
    expect(history.ofPartition(partition.id).series.disk).toEqual([3000, null]);
  });
});
