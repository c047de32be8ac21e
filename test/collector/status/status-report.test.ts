import { describe, expect, test } from 'vitest';
import { HistoryBook } from '../../../src/collector/status/history-book.ts';
import { RecentCounts } from '../../../src/collector/status/recent-counts.ts';
import {
  partitionHistory,
  partitionStatus,
  type StatusSources,
  statusReport,
} from '../../../src/collector/status/report.ts';
import { ReportWriter } from '../../../src/collector/status/report-writer.ts';
import type { FrameActivity } from '../../../src/inspector/index.ts';
import type { SelfStatistics } from '../../../src/metrics/index.ts';
import type { SystemStatistics } from '../../../src/receiver/index.ts';
import { readSimulator } from '../../helpers/reading.ts';

const HALF_AN_HOUR = 1_800_000;

async function readFrame(): Promise<{ readonly frame: FrameActivity; readonly statistics: SelfStatistics }> {
  const { receiver } = await readSimulator();
  const [frame] = receiver.frames();
  if (!frame) throw new Error('no frame came');
  const statistics = receiver.statistics();
  // The simulator lives at a time of its own.
  const consoles = statistics.consoles.map((console) => ({ ...console, clockSkew: 0 }));
  return { frame, statistics: { receiver: { ...statistics, consoles } } };
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
  test('tells of the frame, its pools and the console what the receiver knows', async () => {
    const { frame, statistics } = await readFrame();
    const report = statusReport(sourcesOf(frame, withSystem(statistics, { sampleAge: 7 })));
    expect(report.troubles).toEqual([]);
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

  test('says of a partition what was measured, and which VIOS serves its adapters', async () => {
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
    const history = new HistoryBook();
    history.add(frame);
    const { facts, adapters, times, series } = partitionHistory(partition, frame, history.of(partition.id));
    expect(facts.find(({ label }) => label === 'UUID')?.text).toBe(partition.id);
    expect(adapters.length).toBe(partition.networkAdapters.length + partition.disks.length);
    expect(adapters.at(-1)?.servedBy).toMatch(/^vios\d/);
    expect(times).toEqual([partition.time]);
    expect(series.consumed).toEqual([partition.processor.consumed ?? null]);
  });

  test('names every trouble in words, what hurts most first', async () => {
    const { frame, statistics } = await readFrame();
    const sick = withSystem(statistics, {
      sampleAge: 600,
      gaps: [{ cursor: 'otlp_http', cause: 'purged', count: 4 }],
      documentErrors: [
        { document: 'vios', errorType: 'POWERVM_DOCUMENT_INVALID', count: 2 },
        { document: 'vios', errorType: 'POWERVM_CONSOLE_UNREACHABLE', count: 5 },
        { document: 'vios', errorType: 'GIVEN_UP', count: 1 },
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
    expect(report.troubles.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
      'error: The console 127.0.0.1 has not worked for 5 minutes: nothing listens there. Check the port.',
      `error: No sample of ${name} for 10 minutes.`,
      'warning: The clock of 127.0.0.1 differs from ours by -3600 s: samples carry its time.',
      `warning: 4 samples of ${name} are missing at otlp_http: PCM had thrown them away.`,
      `warning: 2 documents (vios) of ${name} could not be used: POWERVM_DOCUMENT_INVALID.`,
      `warning: 1 document (vios) of ${name} could not be used: GIVEN_UP.`,
      'warning: otlp_http has refused 3 points for good; the log has the reason.',
      `warning: The VIOS vios1 of ${name} runs and does not report: is its RMC active?`,
      `warning: The VIOS vios2 of ${name} runs and does not report: is its RMC active?`,
    ]);
  });

  test('has a tag that changes with the news and not with the time', async () => {
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
  test('keeps sixty instants, tells each once, and forgets who is gone', async () => {
    const { frame } = await readFrame();
    const history = new HistoryBook();
    const at = (time: number) => ({ ...frame, partitions: frame.partitions.map((one) => ({ ...one, time })) });
    for (let step = 0; step < 70; step += 1) {
      const delivery = {
        activity: at(frame.time + step * 30_000),
        acknowledge: () => undefined,
        giveBack: () => undefined,
      };
      expect(history.hasRoom()).toBe(true);
      expect(history.take(delivery)).toBe(true);
      expect(history.take(delivery)).toBe(true);
    }
    const [first] = frame.partitions;
    const { times, series } = history.of(first?.id ?? '');
    expect(times.length).toBe(60);
    expect(new Set(times).size).toBe(60);
    expect(series.busy.length).toBe(60);
    history.keepOnly(new Set());
    expect(history.of(first?.id ?? '').times).toEqual([]);
  });
});

test('a count is of today for half an hour', () => {
  const counts = new RecentCounts();
  expect(counts.grown('lost', 3, 0)).toBe(3);
  expect(counts.grown('lost', 3, HALF_AN_HOUR / 2)).toBe(3);
  expect(counts.grown('lost', 5, HALF_AN_HOUR - 1)).toBe(5);
  expect(counts.grown('lost', 5, HALF_AN_HOUR + 1)).toBe(2);
  expect(counts.grown('lost', 5, 3 * HALF_AN_HOUR)).toBe(0);
  expect(counts.grown('other', 0, 0)).toBe(0);
});
