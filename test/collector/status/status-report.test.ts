import { describe, expect, test } from 'vitest';
import { errorCatalog } from '../../../src/base/errors/error-catalog.ts';
import { frameDetail, frameStatus } from '../../../src/collector/status/frame-report.ts';
import { History } from '../../../src/collector/status/history.ts';
import { partitionDetail, partitionStatus } from '../../../src/collector/status/partition-report.ts';
import { RecentCounts } from '../../../src/collector/status/recent-counts.ts';
import { statusReport } from '../../../src/collector/status/report.ts';
import { ReportWriter } from '../../../src/collector/status/report-writer.ts';
import type { StatusSources } from '../../../src/collector/status/status-sources.ts';
import type { FrameActivity } from '../../../src/inspector/index.ts';
import type { SelfStatistics } from '../../../src/metrics/index.ts';
import type { SystemStatistics } from '../../../src/receiver/index.ts';
import { readSimulator } from '../../helpers/reading.ts';

const DEFAULT_LOOK_BACK_MS = 1_800_000;

async function readFrame(): Promise<{ readonly frame: FrameActivity; readonly statistics: SelfStatistics }> {
  const { receiver } = await readSimulator();
  const [frame] = receiver.frames();
  if (!frame) throw new Error('no frame came');
  const statistics = receiver.statistics();
  // The simulator lives at a time of its own.
  const consoles = statistics.consoles.map((console) => ({ ...console, clockSkew: 0 }));
  return { frame, statistics: { receiver: { ...statistics, consoles } } };
}

/** The same frame at one sample and at the next. */
async function readTwice(): Promise<readonly FrameActivity[]> {
  let now = Date.parse('2026-03-04T12:00:10Z');
  const { receiver } = await readSimulator({ now: () => now });
  const before = receiver.frames();
  now += 30_000;
  await receiver.refresh();
  return [...before, ...receiver.frames()];
}

function sourcesOf(frame: FrameActivity, statistics: SelfStatistics): StatusSources {
  return {
    time: frame.time + 7_000,
    frames: [frame],
    statistics: new Map([['powervm', statistics]]),
    recent: (_key, count) => count,
  };
}

/** The same statistics with something wrong of the only system. */
function withSystem(statistics: SelfStatistics, changes: Partial<SystemStatistics>): SelfStatistics {
  const { receiver } = statistics;
  return { ...statistics, receiver: { ...receiver, systems: receiver.systems.map((one) => ({ ...one, ...changes })) } };
}

describe('a report', () => {
  test('contains the system, its pools and the console', async () => {
    const { frame, statistics } = await readFrame();
    const report = statusReport(sourcesOf(frame, withSystem(statistics, { sampleAge: 7 })));
    expect(report.issues).toEqual([]);
    expect(report.frames).toMatchObject([
      {
        name: frame.system.description.name,
        processor: { consumed: frame.system.processor.consumed, configurable: frame.system.processor.configurable },
        memory: { unassigned: frame.system.memory.available },
      },
    ]);
    expect(report.frames[0]?.pools.length).toBe(frame.system.sharedPools.filter(({ size = 0 }) => size > 0).length);
    expect(report.consoles).toMatchObject([{ address: '127.0.0.1', up: true }]);
    expect(report.receivers).toMatchObject([{ id: 'powervm', systems: 1, lost: 0 }]);
  });

  test('contains the measurements of a partition, and which VIOS serves its adapters', async () => {
    const { frame } = await readFrame();
    const partition = frame.partitions.find(
      ({ disks, networkAdapters }) => disks.length > 0 && networkAdapters.length > 0,
    );
    if (!partition) throw new Error('no partition with both kinds of adapters');
    expect(partitionStatus(partition, frame)).toMatchObject({
      id: partition.id,
      consumed: partition.processor.consumed,
      memory: partition.memory.limit,
    });
    const history = new History();
    history.add(frame);
    const { facts, adapters, times, series } = partitionDetail(partition, frame, history);
    expect(facts.find(({ label }) => label === 'UUID')?.text).toBe(partition.id);
    expect(adapters.length).toBe(partition.networkAdapters.length + partition.disks.length);
    expect(adapters.at(-1)?.vios?.name).toMatch(/^vios\d/);
    expect(times).toEqual([partition.time]);
    expect(series.consumed).toEqual([Number(partition.processor.consumed?.toPrecision(6))]);
    expect(series.memory).toEqual([partition.memory.limit]);
    const [adapter] = adapters;
    expect(adapter?.history.incoming[0]).toBeCloseTo(adapter?.incoming ?? 0, -1);
  });

  test('says of a VIOS what passes through its ports and whom it serves', async () => {
    const samples = await readTwice();
    const history = new History();
    for (const sample of samples) history.add(sample);
    const frame = samples.at(-1);
    const vios = frame?.partitions.find(({ type }) => type === 'vios');
    if (!frame || !vios) throw new Error('no VIOS');
    const { ports, clients } = partitionDetail(vios, frame, history);
    const kinds = new Set(ports.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['shared Ethernet', 'Fibre Channel']));
    for (const { name, incoming } of ports) expect(incoming, name).toBeGreaterThan(0);
    expect(clients.length).toBeGreaterThan(0);
    for (const { partition, adapter } of clients) {
      const client = frame.partitions.find(({ id }) => id === partition.id);
      const adapters = [...(client?.networkAdapters ?? []), ...(client?.disks ?? [])];
      const found = adapters.find((one) => ('device' in one ? one.device : one.location) === adapter);
      expect(found?.vios?.id, adapter).toBe(vios.id);
    }
  });

  test('shows a frame without a sample of the present as it was, marked old, and one that was never read with its reason', async () => {
    const { frame, statistics } = await readFrame();
    const condition = {
      state: 'failing' as const,
      seconds: 300,
      code: 'POWERVM_PCM_DISABLED' as const,
      reason: 'monitoring is off',
      remedy: 'Switch it on.',
    };
    const [known] = statistics.receiver.systems;
    if (!known) throw new Error('no system');
    const never = { ...known, systemId: 'never', name: 'frame-09', condition, sampleAge: undefined };
    const receiver = { ...statistics.receiver, systems: [{ ...known, condition }, never] };
    const sources = { ...sourcesOf(frame, { receiver }), frames: [], oldFrames: [frame] };
    const { frames } = statusReport(sources);
    expect(frames).toMatchObject([
      { name: frame.system.description.name, isOld: true, sampleTime: frame.time, reason: 'monitoring is off' },
      { name: 'frame-09', reason: 'monitoring is off' },
    ]);
    expect(frames[1]?.sampleTime).toBeUndefined();
    const { partitions } = JSON.parse(new ReportWriter().write(sources).file().content.toString());
    expect(partitions.every(({ isOld }: { isOld?: boolean }) => isOld === true)).toBe(true);
    expect(partitions.length).toBe(frame.partitions.length);
  });

  test('adds up what an exporter of several receivers did, and distinguishes two consoles of one host', async () => {
    const { frame, statistics } = await readFrame();
    const exporter = {
      ...{ name: 'otlp_http', sentPoints: 5, failedPoints: 1, enqueueFailedPoints: 0, queueSize: 0, queueCapacity: 9 },
      condition: undefined,
    };
    const one = { ...statistics, exporters: [exporter] };
    const consoles = statistics.receiver.consoles.map((console) => ({ ...console, port: 18_201 }));
    const other = { ...one, receiver: { ...statistics.receiver, consoles } };
    const sources = {
      ...sourcesOf(frame, one),
      statistics: new Map([
        ['powervm', one],
        ['powervm/b', other],
      ]),
    };
    const report = statusReport(sources);
    expect(report.exporters).toMatchObject([{ name: 'otlp_http', sent: 10, failed: 2 }]);
    expect(new Set(report.consoles.map(({ address }) => address)).size).toBe(2);
  });

  test('describes every problem, the most severe first', async () => {
    const { frame, statistics } = await readFrame();
    const sick = withSystem(statistics, {
      sampleAge: 600,
      gaps: [{ cursor: 'otlp_http', cause: 'purged', count: 4 }],
      documentErrors: [
        { document: 'vios', errorType: 'POWERVM_DOCUMENT_INVALID', count: 2 },
        { document: 'vios', errorType: 'POWERVM_CONSOLE_UNREACHABLE', count: 5 },
        { document: 'vios', errorType: 'GIVEN_UP', count: 1 },
        { document: 'vios', errorType: 'PCM_4002', count: 1 },
        { document: 'vios', errorType: 'PURGED', count: 1 },
        { document: 'feed', errorType: 'POWERVM_CONSOLE_BUSY', count: 9 },
      ],
    });
    const condition = {
      state: 'failing' as const,
      seconds: 300,
      code: 'POWERVM_CONSOLE_UNREACHABLE' as const,
      reason: 'nothing listens there',
      remedy: 'Check the port.',
    };
    const consoles = sick.receiver.consoles.map((console) => ({ ...console, condition, clockSkew: -3600 }));
    const exporters = [
      {
        name: 'otlp_http',
        sentPoints: 1,
        failedPoints: 3,
        enqueueFailedPoints: 0,
        queueSize: 0,
        queueCapacity: 10,
        condition: undefined,
      },
    ];
    const silent = frame.partitions.map((one) => (one.type === 'vios' ? { ...one, vios: undefined } : one));
    const report = statusReport(
      sourcesOf({ ...frame, partitions: silent }, { ...sick, receiver: { ...sick.receiver, consoles }, exporters }),
    );
    const name = frame.system.description.name;
    expect(report.issues.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
      'error: The console 127.0.0.1 has not worked for 5 minutes: nothing listens there. Check the port.',
      `error: No sample of ${name} for 10 minutes.`,
      'warning: The clock of 127.0.0.1 is 3600 s behind ours: samples carry its time.',
      `warning: 4 samples of ${name} are missing at otlp_http: PCM had thrown them away.`,
      `warning: 2 documents (vios) of ${name} could not be used: ${errorCatalog.POWERVM_DOCUMENT_INVALID.meaning}`,
      `warning: 1 document (vios) of ${name} did not come and will not be asked for again: the log has the reason.`,
      `warning: 1 document (vios) of ${name} came without what PCM itself could not collect: its error 4002.`,
      'warning: otlp_http has refused 3 points for good; the log has the reason.',
      `warning: The VIOS vios1 of ${name} runs and does not report: is its RMC active?`,
      `warning: The VIOS vios2 of ${name} runs and does not report: is its RMC active?`,
    ]);
  });

  test('has an ETag that changes with the content and not with the time', async () => {
    const { frame, statistics } = await readFrame();
    const writer = new ReportWriter();
    const sources = sourcesOf(frame, withSystem(statistics, { sampleAge: 7 }));
    const first = writer.write(sources);
    expect(writer.write({ ...sources, time: sources.time + 5_000 }).tag).toBe(first.tag);
    expect(writer.write(sourcesOf(frame, withSystem(statistics, { sampleAge: 900 }))).tag).not.toBe(first.tag);
    const [one, ...others] = frame.partitions;
    if (!one) throw new Error('the frame is empty');
    const renamed = { ...frame, partitions: [{ ...one, name: 'another' }, ...others] };
    expect(writer.write({ ...sources, frames: [renamed] }).tag).not.toBe(first.tag);
    const { partitions, frames } = JSON.parse(first.file().content.toString());
    expect(partitions.length).toBe(frame.partitions.length);
    expect(frames.length).toBe(1);
  });
});

describe('the history', () => {
  test('keeps sixty instants without duplicates, and forgets removed partitions', async () => {
    const { frame } = await readFrame();
    const history = new History();
    const at = (time: number) => ({ ...frame, partitions: frame.partitions.map((one) => ({ ...one, time })) });
    for (let step = 0; step < 70; step += 1) {
      const delivery = {
        activity: at(frame.time + step * 30_000),
        acknowledge: () => undefined,
        requeue: () => undefined,
      };
      expect(history.hasCapacity()).toBe(true);
      expect(history.take(delivery)).toBe(true);
      expect(history.take(delivery)).toBe(true);
    }
    const [first] = frame.partitions;
    const { times, series } = history.ofPartition(first?.id ?? '');
    expect(times.length).toBe(60);
    expect(new Set(times).size).toBe(60);
    expect(series.busy.length).toBe(60);
    history.retain(new Set());
    expect(history.ofPartition(first?.id ?? '').times).toEqual([]);
  });

  test('has the processors, memory and power of a frame, and takes what a late document adds to an instant', async () => {
    const { frame } = await readFrame();
    const history = new History();
    const { energy: _energy, ...system } = frame.system;
    history.add({ ...frame, system: { ...system, energy: undefined } });
    const id = frame.system.description.id;
    expect(history.ofFrame(id).series.watts).toEqual([null]);
    history.add(frame);
    const values = history.ofFrame(id);
    expect(values.times).toEqual([frame.time]);
    expect(values.series.watts).toEqual([frame.system.energy?.powerWatts]);
    expect(values.series.entitlement[0]).toBeCloseTo(
      frame.partitions.reduce((sum, { processor }) => sum + (processor.entitlement ?? 0), 0),
      3,
    );
    const detail = frameDetail(frame, frameStatus(frame, false), values);
    expect(detail.facts).toContainEqual({ label: 'UUID', text: id });
    expect(detail.temperatures.length).toBeGreaterThan(0);
    // What was known stays while the same instant comes again without it.
    history.add({ ...frame, system: { ...system, energy: undefined } });
    expect(history.ofFrame(id).series.watts).toEqual([frame.system.energy?.powerWatts]);
  });
});

test('a recent count covers half an hour', () => {
  const counts = new RecentCounts();
  expect(counts.grown('lost', 3, 0)).toBe(3);
  expect(counts.grown('lost', 3, DEFAULT_LOOK_BACK_MS / 2)).toBe(3);
  expect(counts.grown('lost', 5, DEFAULT_LOOK_BACK_MS - 1)).toBe(5);
  expect(counts.grown('lost', 5, DEFAULT_LOOK_BACK_MS + 1)).toBe(2);
  expect(counts.grown('lost', 5, 3 * DEFAULT_LOOK_BACK_MS)).toBe(0);
  expect(counts.grown('other', 0, 0)).toBe(0);
});
