import { expect, test } from 'vitest';
import { CeilometerExporter, type CeilometerSample } from '../../src/ceilometer/index.ts';
import { collectorInCloud } from '../helpers/cloud/collector-in-cloud.ts';
import { RemoteWriteSink, STALE } from '../helpers/remote-write-sink.ts';
import { gauge, resourceMetrics } from '../helpers/resource-metrics.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const MINUTE = 60_000;

/**
 * With `format: ceilometer` the time of a series was that of its own instance, which stands still when the instance is
 * gone: its series never ended at a receiver of remote write, and stayed in memory for ever. The sums over devices, which
 * come minutes later than the rest of an instance, ended with every interval instead.
 */
test.each([
  ['one of several', 1],
  ['the last of its frame', 3],
])('the series of an instance that is gone end at a receiver of remote write: %s', async (_words, gone) => {
  const time = await simulatedTime({ lpars: 3 });
  const sink = await RemoteWriteSink.start();
  const { collector, nova, pass } = await collectorInCloud(
    time,
    { prometheus_remote_write: `{ endpoint: '${sink.url}', format: ceilometer, meters: classic }` },
    '{ interval: 1m }',
  );
  await collector.start();
  await pass(14);
  const written = () => sink.requests.flatMap(({ series }) => series);
  const namesOf = (isStale: boolean) =>
    written()
      .filter(({ samples }) => samples.some(({ bits }) => (bits === STALE) === isStale))
      .map(({ labels }) => `${labels.__name__} ${labels.resource}`);
  expect(namesOf(true)).toEqual([]);

  const ids = time.simulator.systems.flatMap(({ partitions }) => partitions.map(({ id }) => id)).slice(0, gone);
  const isOfGone = (name: string) => ids.some((id) => name.includes(id.toLowerCase()));
  nova.entries = nova.entries.map((entry) =>
    ids.includes(entry.id) ? { ...entry, deleted: true, updated: nova.now } : entry,
  );
  await pass(24);
  await collector.stop();
  const ended = namesOf(true);
  expect(new Set(ended)).toEqual(new Set(namesOf(false).filter(isOfGone)));
  expect(ended).toHaveLength(new Set(ended).size);
  expect(ended.length).toBeGreaterThan(20 * gone);
});

/**
 * Only partitions moved the time by which intervals of a frame end: when the last one had migrated, its last interval was
 * not published, and the cursor of the frame stayed before it as long as the frame was empty.
 */
test('the last interval of a partition is published although no other is left on its frame', async () => {
  const start = Date.parse('2026-03-04T12:00:00Z');
  const published: CeilometerSample[] = [];
  const publish = async (samples: readonly CeilometerSample[]) => void published.push(...samples);
  const exporter = new CeilometerExporter({
    publishers: [{ name: 'memory://', publish, close: async () => undefined }],
    interval: 5 * MINUTE,
  });
  const frame = { 'powervm.system.id': 'frame' };
  const partition = { ...frame, 'powervm.lpar.id': '1a2b3c4d-0000-4000-8000-00000000000a' };
  for (let minute = 1; minute < 8; minute += 1) {
    const time = start + minute * MINUTE;
    const own = gauge('powervm.system.memory.installed', [{ time, value: 1 }]);
    const ofPartition = gauge('powervm.lpar.memory.limit', [{ time, value: 2 ** 20 }]);
    await exporter.exportBatch([
      resourceMetrics(frame, [own]),
      ...(minute > 2 ? [] : [resourceMetrics(partition, [ofPartition])]),
    ]);
    if (minute === 2) expect(exporter.unpublishedSince('frame')).toBe(start);
  }
  expect(exporter.unpublishedSince('frame')).toBe(start);
  await exporter.exportBatch([
    resourceMetrics(frame, [gauge('powervm.system.memory.installed', [{ time: start + 8 * MINUTE, value: 1 }])]),
  ]);
  expect(exporter.unpublishedSince('frame')).toBeUndefined();
  expect(published.map(({ name, timestamp }) => `${name} ${timestamp}`)).toEqual(['memory 2026-03-04T12:02:00']);
  await exporter.shutdown();
});
