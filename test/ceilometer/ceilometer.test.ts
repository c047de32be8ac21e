import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import { ExportError } from '../../src/base/errors/errors.ts';
import { CeilometerExporter, type CeilometerSample, type Publisher } from '../../src/ceilometer/index.ts';
import { createSample, type SampleContent } from '../../src/ceilometer/samples/sample.ts';
import { metricView, PowerVmMetricProducer, resourceMetricsOf } from '../../src/metrics/index.ts';
import { readSimulator } from '../helpers/reading.ts';
import { counter, gauge, resourceMetrics } from '../helpers/resource-metrics.ts';

const ID = '1a2b3c4d-0000-4000-8000-00000000000a';
const TIME = Date.parse('2026-03-04T12:00:00Z');
const partition = {
  'powervm.lpar.id': ID,
  'powervm.lpar.name': 'db1',
  'powervm.lpar.type': 'aix_linux',
  'powervm.system.id': 'frame',
  'powervm.system.name': 'frame-01',
};
const network = { 'powervm.adapter.location': 'U-V5-C2', 'network.io.direction': 'receive' };
const disk = { 'powervm.vios.number': '1', 'powervm.adapter.id': 'vhost0', 'disk.io.direction': 'read' };

/** Keeps what it is given; fails as often as a test wants. */
class MemoryPublisher implements Publisher {
  readonly name = 'memory://';
  readonly published: CeilometerSample[] = [];
  failures = 0;

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new ExportError('POWERVM_EXPORT_FAILED', 'not now');
    }
    this.published.push(...samples);
  }

  async close(): Promise<void> {}
}

async function samplesWith(
  options: { readonly reportStoppedInstances: boolean },
  ...batches: readonly (readonly ResourceMetrics[])[]
): Promise<readonly CeilometerSample[]> {
  const publisher = new MemoryPublisher();
  const exporter = new CeilometerExporter({ publishers: [publisher], interval: 0, ...options });
  for (const batch of batches) await exporter.exportBatch(batch);
  await exporter.shutdown();
  return publisher.published;
}

async function samplesOf(...batches: readonly (readonly ResourceMetrics[])[]): Promise<readonly CeilometerSample[]> {
  const publisher = new MemoryPublisher();
  const exporter = new CeilometerExporter({ publishers: [publisher], meterSet: 'classic', interval: 0 });
  for (const batch of batches) await exporter.exportBatch(batch);
  await exporter.shutdown();
  return publisher.published;
}

const named = (samples: readonly CeilometerSample[], name: string) => samples.filter((sample) => sample.name === name);

describe('samples', () => {
  test('cpu is the sum of both modes in whole nanoseconds', async () => {
    const [cpu] = named(
      await samplesOf([
        resourceMetrics(partition, [
          counter('powervm.lpar.cpu.time', [
            { time: TIME, value: 1.5, attributes: { 'cpu.mode': 'capped' } },
            { time: TIME, value: 0.25, attributes: { 'cpu.mode': 'uncapped' } },
          ]),
        ]),
      ]),
      'cpu',
    );
    expect(cpu).toMatchObject({
      type: 'cumulative',
      unit: 'ns',
      volume: 1_750_000_000,
      resource_id: ID,
      timestamp: '2026-03-04T12:00:00',
      user_id: null,
      project_id: null,
      source: 'openstack',
      monotonic_time: null,
    });
    expect(cpu?.resource_metadata).toMatchObject({ display_name: 'db1', instance_id: ID, instance_host: 'frame-01' });
  });

  test('a partition that is switched off has its state and size, or nothing where the site wants it so', async () => {
    const stateOf = (time: number, state: string, value: number) => ({
      time,
      value,
      attributes: { 'powervm.lpar.state': state },
    });
    const batch = (time: number, state: string) => [
      resourceMetrics(partition, [
        gauge('powervm.lpar.status', [stateOf(time, state, 1)]),
        gauge('powervm.lpar.memory.limit', [{ time, value: 2 ** 30 }]),
        gauge('powervm.lpar.memory.backed', [{ time, value: 2 ** 30 }]),
      ]),
    ];
    const batches = [batch(TIME, 'Running'), batch(TIME + 30_000, 'Not Activated')] as const;
    const later = (samples: readonly CeilometerSample[]) =>
      samples.filter(({ timestamp }) => timestamp.endsWith('12:00:30')).map(({ name, volume }) => [name, volume]);
    expect(later(await samplesWith({ reportStoppedInstances: true }, ...batches))).toEqual([
      ['memory', 1024],
      ['power.state', 5],
    ]);
    const without = await samplesWith({ reportStoppedInstances: false }, ...batches);
    expect(later(without)).toEqual([]);
    expect(without.map(({ name }) => name).sort()).toEqual(['memory', 'memory.resident', 'power.state']);
  });

  test('have exactly the keys of a sample of Ceilometer', async () => {
    const [sample] = await samplesOf([
      resourceMetrics(partition, [gauge('powervm.lpar.memory.limit', [{ time: TIME, value: 2 ** 30 }])]),
    ]);
    expect(Object.keys(sample ?? {})).toEqual([
      'id',
      'name',
      'type',
      'unit',
      'volume',
      'user_id',
      'project_id',
      'resource_id',
      'timestamp',
      'resource_metadata',
      'source',
      'monotonic_time',
    ]);
    expect(sample).toMatchObject({ name: 'memory', volume: 1024, unit: 'MB' });
  });

  test('of interfaces and disks have their own resources', async () => {
    const samples = await samplesOf([
      resourceMetrics(partition, [
        counter('powervm.lpar.network.io', [{ time: TIME, value: 10, attributes: network }]),
        counter('powervm.lpar.network.packet.dropped', [
          { time: TIME, value: 3, attributes: { 'powervm.adapter.location': 'U-V5-C2' } },
        ]),
        counter('powervm.lpar.disk.io', [{ time: TIME, value: 20, attributes: disk }]),
      ]),
    ]);
    expect(named(samples, 'network.incoming.bytes')[0]).toMatchObject({
      resource_id: `${ID}-U-V5-C2`,
      resource_metadata: { name: 'U-V5-C2', vnic_name: 'U-V5-C2' },
    });
    expect(named(samples, 'network.incoming.packets.drop')[0]?.volume).toBe(3);
    expect(named(samples, 'network.outgoing.packets.drop')).toEqual([]);
    expect(named(samples, 'disk.device.read.bytes')[0]).toMatchObject({
      resource_id: `${ID}-vios1.vhost0`,
      resource_metadata: { disk_name: 'vios1.vhost0' },
    });
    expect(named(samples, 'disk.read.bytes')[0]).toMatchObject({ resource_id: ID, volume: 20 });
  });

  test('rates are per second of sample time, from the second sample on, and none after a reset, over which deltas continue', async () => {
    const at = (time: number, value: number, startTime = TIME - 1_000) => [
      resourceMetrics(partition, [
        counter('powervm.lpar.network.io', [{ time, value, startTime, attributes: network }]),
      ]),
    ];
    const samples = await samplesOf(
      at(TIME, 100),
      at(TIME + 30_000, 400),
      at(TIME + 60_000, 5, TIME + 60_000),
      at(TIME + 90_000, 35, TIME + 60_000),
    );
    expect(named(samples, 'network.incoming.bytes.rate').map(({ volume, timestamp }) => [volume, timestamp])).toEqual([
      [10, '2026-03-04T12:00:30'],
      [1, '2026-03-04T12:01:30'],
    ]);
    expect(named(samples, 'network.incoming.bytes.delta').map(({ volume, type }) => [volume, type])).toEqual([
      [300, 'delta'],
      // What was counted since, as a compute agent has it.
      [5, 'delta'],
      [30, 'delta'],
    ]);
  });

  test('the state of a partition is a number of libvirt, and an unknown state is none', async () => {
    const state = (text: string) =>
      samplesOf([
        resourceMetrics(partition, [
          gauge('powervm.lpar.status', [{ time: TIME, value: 1, attributes: { 'powervm.lpar.state': text } }]),
        ]),
      ]);
    expect((await state('Running'))[0]).toMatchObject({ name: 'power.state', volume: 1, unit: '' });
    expect((await state('Not Activated'))[0]?.volume).toBe(5);
    for (const running of ['Migrating Running', 'Open Firmware', 'Starting', 'Suspending']) {
      expect((await state(running))[0]?.volume, running).toBe(1);
    }
    expect((await state('Migrating Not Active'))[0]?.volume).toBe(5);
    expect((await state('Shutting Down'))[0]?.volume).toBe(4);
    expect(await state('Hardware Discovery')).toEqual([]);
  });

  test('VIOSes, systems and self metrics are not instances', async () => {
    const memory = gauge('powervm.lpar.memory.limit', [{ time: TIME, value: 1 }]);
    expect(
      await samplesOf([
        resourceMetrics({ ...partition, 'powervm.lpar.type': 'vios' }, [memory]),
        resourceMetrics({ 'service.name': 'x' }, [memory]),
      ]),
    ).toEqual([]);
  });

  test('are the same from Resources and from the flat form', async () => {
    const { receiver } = await readSimulator();
    const content = (samples: readonly CeilometerSample[]) =>
      samples.map(({ name, resource_id, volume, timestamp }) => `${name} ${resource_id} ${volume} ${timestamp}`).sort();
    const flat = await new PowerVmMetricProducer(receiver, { samples: 'latest' }).collect();
    const fromFlat = await samplesOf([flat.resourceMetrics]);
    const fromResources = await samplesOf(resourceMetricsOf(receiver.frames(), metricView()));
    expect(fromResources.length).toBeGreaterThan(200);
    expect(content(fromFlat)).toEqual(content(fromResources));
  });

  test('invalid samples are rejected', () => {
    const good: SampleContent = {
      name: 'cpu',
      type: 'gauge',
      unit: 'ns',
      volume: 1,
      user_id: null,
      project_id: null,
      resource_id: ID,
      time: TIME,
      resource_metadata: {},
      source: 'openstack',
    };
    expect(createSample(good, TIME).volume).toBe(1);
    const harmful = [
      { volume: Number.NaN },
      { volume: Number.POSITIVE_INFINITY },
      { resource_id: '' },
      { resource_id: 'a/b' },
      { resource_id: 'x'.repeat(256) },
      { unit: 'x'.repeat(32) },
      { type: 'counter' as SampleContent['type'] },
      { name: 'a/b' },
      { name: '' },
      { time: Number.NaN },
      { time: -1 },
      { time: TIME + 25 * 3_600_000 },
    ];
    for (const bad of harmful) {
      expect(() => createSample({ ...good, ...bad }, TIME)).toThrow(
        expect.objectContaining({ code: 'POWERVM_SAMPLE_INVALID' }),
      );
    }
  });
});

describe('delivery', () => {
  const batchAt = (time: number) => [
    resourceMetrics(partition, [gauge('powervm.lpar.memory.limit', [{ time, value: 2 ** 30 }])]),
  ];
  const batch = batchAt(TIME);

  test('only the publisher that failed gets a retry', async () => {
    const [good, bad] = [new MemoryPublisher(), new MemoryPublisher()];
    bad.failures = 1;
    const exporter = new CeilometerExporter({ publishers: [good, bad], interval: 0 });
    expect(await exporter.exportBatch(batch)).toMatchObject({
      pending: { code: 'POWERVM_EXPORT_FAILED', permanent: false },
    });
    expect(await exporter.exportBatch(batch)).toMatchObject({ samples: 1, pending: undefined });
    expect([good.published.length, bad.published.length]).toEqual([1, 1]);
  });

  test('to a failing publisher does not delay the others; it gets everything in order later', async () => {
    const [good, bad] = [new MemoryPublisher(), new MemoryPublisher()];
    bad.failures = 3;
    const exporter = new CeilometerExporter({ publishers: [good, bad], interval: 0 });
    for (let step = 0; step < 3; step += 1) {
      expect(await exporter.exportBatch(batchAt(TIME + step))).toMatchObject({
        samples: 0,
        pending: { permanent: false },
      });
      expect(good.published).toHaveLength(step + 1);
    }
    expect(bad.published).toEqual([]);
    // Whoever keeps a place to continue from keeps it for the one that lacks most.
    expect(exporter.unpublishedSince()).toBe(TIME);
    expect(await exporter.exportBatch(batchAt(TIME + 3))).toMatchObject({ samples: 4, pending: undefined });
    const times = (publisher: MemoryPublisher) => publisher.published.map(({ timestamp }) => timestamp.slice(-4));
    expect(times(bad)).toEqual(['0:00', '1000', '2000', '3000']);
    expect(times(good)).toEqual(times(bad));
    expect(exporter.unpublishedSince()).toBeUndefined();
    expect(exporter.statistics).toMatchObject({ published: 4, dropped: 0 });
  });

  test('to a publisher that fails until the end makes the flush fail', async () => {
    const [good, bad] = [new MemoryPublisher(), new MemoryPublisher()];
    bad.failures = 2;
    const exporter = new CeilometerExporter({ publishers: [good, bad], interval: 0 });
    await exporter.exportBatch(batch);
    await expect(exporter.forceFlush()).rejects.toMatchObject({ code: 'POWERVM_EXPORT_FAILED' });
    await exporter.forceFlush();
    expect(bad.published).toHaveLength(1);
  });

  test('of batches after a failed one is in order, without duplicates or gaps', async () => {
    const publisher = new MemoryPublisher();
    publisher.failures = 3;
    const exporter = new CeilometerExporter({ publishers: [publisher], interval: 0 });
    for (let step = 0; step < 3; step += 1) {
      await expect(exporter.exportBatch(batchAt(TIME + step))).rejects.toMatchObject({ permanent: false });
    }
    expect(exporter.unpublishedSince()).toBe(TIME);
    await exporter.exportBatch(batchAt(TIME + 3));
    expect(publisher.published.map(({ timestamp }) => timestamp.slice(-4))).toEqual(['0:00', '1000', '2000', '3000']);
    expect(exporter.statistics).toMatchObject({ published: 4, dropped: 0 });
  });

  test('that is rejected permanently is skipped, and the next one continues', async () => {
    const refusing = new MemoryPublisher();
    const publish = refusing.publish.bind(refusing);
    let isRefusing = true;
    refusing.publish = async (samples) => {
      if (isRefusing) throw new ExportError('POWERVM_EXPORT_REFUSED', 'never');
      await publish(samples);
    };
    const exporter = new CeilometerExporter({ publishers: [refusing], interval: 0 });
    await expect(exporter.exportBatch(batchAt(TIME))).rejects.toMatchObject({ permanent: true });
    isRefusing = false;
    await exporter.exportBatch(batchAt(TIME + 30_000));
    expect(refusing.published).toHaveLength(1);
    expect(exporter.statistics.published).toBe(1);
  });

  test('of an open interval is published by a flush and by a shutdown', async () => {
    const publisher = new MemoryPublisher();
    const exporter = new CeilometerExporter({ publishers: [publisher] });
    await exporter.exportBatch(batchAt(TIME));
    expect(publisher.published).toEqual([]);
    await exporter.forceFlush();
    expect(publisher.published).toHaveLength(1);
    await exporter.exportBatch(batchAt(TIME + 30_000));
    await exporter.shutdown();
    expect(publisher.published).toHaveLength(2);
    await expect(exporter.exportBatch(batchAt(TIME + 60_000))).rejects.toMatchObject({ code: 'POWERVM_SHUT_DOWN' });
  });
});
