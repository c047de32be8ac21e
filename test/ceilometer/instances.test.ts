import { describe, expect, test } from 'vitest';
import { CeilometerExporter, type CeilometerSample } from '../../src/ceilometer/index.ts';
import { type Instance, type InstanceDirectory, InstanceList, type InstanceMatch } from '../../src/openstack/index.ts';
import { instanceWith } from '../helpers/instances.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { counter, gauge, resourceMetrics } from '../helpers/resource-metrics.ts';

/** The partition of the instance that begins with 9: PowerVM clears the top bit. */
const PARTITION = '1a2b3c4d-0000-4000-8000-00000000000a';
const INSTANCE = '9a2b3c4d-0000-4000-8000-00000000000a';
const TIME = Date.parse('2026-03-04T12:00:00Z');

function batchAt(time: number, name = 'db1', location = 'U8247.22L.2125D4A-V5-C2') {
  const attributes = { 'powervm.lpar.id': PARTITION, 'powervm.lpar.name': name, 'powervm.lpar.type': 'aix_linux' };
  const network = { 'powervm.adapter.location': location, 'network.io.direction': 'receive' };
  const disk = { 'powervm.vios.number': '1', 'powervm.adapter.id': 'vhost0', 'disk.io.direction': 'read' };
  return [
    resourceMetrics({ ...attributes, 'powervm.system.id': 'frame', 'powervm.system.name': 'frame-01' }, [
      counter('powervm.lpar.cpu.time', [{ time, value: 2, attributes: { 'cpu.mode': 'capped' } }]),
      gauge('powervm.lpar.cpu.virtual_processor.count', [{ time, value: 4 }]),
      gauge('powervm.lpar.memory.limit', [{ time, value: 2 ** 32 }]),
      counter('powervm.lpar.network.io', [{ time, value: 10, attributes: network }]),
      gauge('powervm.lpar.adapter.link', [
        { time, value: 1, attributes: { ...network, 'powervm.adapter.mac': 'fa:16:3e:00:00:01' } },
      ]),
      counter('powervm.lpar.disk.io', [{ time, value: 20, attributes: disk }]),
    ]),
  ];
}

interface Site {
  readonly exporter: CeilometerExporter;
  readonly samples: CeilometerSample[];
  readonly log: RecordedLog;
  readonly named: (name: string) => CeilometerSample | undefined;
}

function siteWith(
  instances?: InstanceDirectory,
  options: { memoryUnit?: 'MiB'; reservedMetadataKeys?: string[] } = {},
): Site {
  const samples: CeilometerSample[] = [];
  const log = new RecordedLog();
  const publisher = {
    name: 'memory://',
    publish: async (published: readonly CeilometerSample[]) => void samples.push(...published),
    close: async () => undefined,
  };
  const exporter = new CeilometerExporter({
    publishers: [publisher],
    interval: 0,
    logger: log,
    ...options,
    ...(instances ? { instances } : {}),
  });
  return { exporter, samples, log, named: (name) => samples.find((sample) => sample.name === name) };
}

async function siteOf(instance: Instance, options?: Parameters<typeof siteWith>[1]): Promise<Site> {
  const site = siteWith(new InstanceList([instance]), options);
  await site.exporter.exportBatch(batchAt(TIME));
  return site;
}

describe('a partition that is an instance', () => {
  test('is reported under the UUID, project and user of the instance', async () => {
    const { samples } = await siteOf(instanceWith(INSTANCE));
    for (const sample of samples) {
      expect(sample).toMatchObject({
        user_id: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
        project_id: '9c8b7a6d5e4f40312233445566778899',
      });
      expect(sample.resource_metadata.instance_id).toBe(INSTANCE);
    }
    const ids = new Map(samples.map(({ name, resource_id }) => [name, resource_id]));
    expect(ids.get('cpu')).toBe(INSTANCE);
    expect(ids.get('disk.device.read.bytes')).toBe(`${INSTANCE}-vios1.vhost0`);
    expect(ids.get('network.incoming.bytes')).toBe(`instance-0000002a-${INSTANCE}-U8247.22L.2125D4A-V5-C2`);
  });

  test('has the metadata that a compute agent writes', async () => {
    const { named } = await siteOf(instanceWith(INSTANCE, { metadata: { 'metering.server.group': 'g1', other: 'x' } }));
    const metadata = {
      display_name: 'web-1',
      name: 'instance-0000002a',
      instance_id: INSTANCE,
      instance_type: 'p10.small',
      host: '1ba6c5fd72c8e0b1a9c3c0f4c06f2a5a52a0e2e7bd9b8f1dd9d5b9d2',
      instance_host: 'neo-1',
      flavor: {
        id: '42',
        name: 'p10.small',
        vcpus: 2,
        ram: 4096,
        disk: 20,
        ephemeral: 0,
        swap: 0,
        extra_specs: { 'powervm:proc_units': '0.5' },
      },
      status: 'active',
      state: 'active',
      task_state: '',
      image: { id: '155d900f-4e14-4e4c-a73d-069cbf4541e6' },
      image_ref: '155d900f-4e14-4e4c-a73d-069cbf4541e6',
      image_ref_url: null,
      'OS-EXT-AZ:availability_zone': 'nova',
      vcpus: 2,
      memory_mb: 4096,
      disk_gb: 20,
      ephemeral_gb: 0,
      root_gb: 20,
      user_metadata: { server_group: 'g1' },
    };
    expect(named('memory')?.resource_metadata).toEqual(metadata);
    expect(named('cpu')?.resource_metadata).toEqual({ ...metadata, cpu_number: 4 });
    expect(named('disk.device.read.bytes')?.resource_metadata).toEqual({ ...metadata, disk_name: 'vios1.vhost0' });
    expect(named('network.incoming.bytes')?.resource_metadata).toEqual({
      ...metadata,
      name: 'U8247.22L.2125D4A-V5-C2',
      mac: 'fa:16:3e:00:00:01',
      fref: null,
      parameters: null,
      vnic_name: 'U8247.22L.2125D4A-V5-C2',
    });
  });

  test('has the sizes of its flavor as meters, in the unit that goes with that of memory', async () => {
    const flavor = { id: '1', name: 'f', vcpus: 1, ram: 1, disk: 20, ephemeral: 5, swap: 0, extraSpecs: undefined };
    const { named } = await siteOf(instanceWith(INSTANCE, { flavor }), { memoryUnit: 'MiB' });
    expect(named('disk.root.size')).toMatchObject({ volume: 20, unit: 'GiB', type: 'gauge', resource_id: INSTANCE });
    expect(named('disk.ephemeral.size')).toMatchObject({ volume: 5, unit: 'GiB' });
    expect(named('memory')).toMatchObject({ volume: 4096, unit: 'MiB' });
    const withoutFlavor = await siteOf(instanceWith(INSTANCE, { flavor: undefined }));
    expect(withoutFlavor.named('disk.root.size')).toBeUndefined();
  });

  test('keeps configured server metadata, truncated to the length of Ceilometer', async () => {
    const metadata = { 'my.key': 'x'.repeat(300), 'metering.é': 'y', other: 'z' };
    const { named } = await siteOf(instanceWith(INSTANCE, { metadata }), { reservedMetadataKeys: ['my.key'] });
    expect(named('memory')?.resource_metadata.user_metadata).toEqual({ my_key: 'x'.repeat(256), é: 'y' });
  });

  test('reports no owner that Nova hides', async () => {
    const hidden = { userId: undefined, projectId: undefined, instanceName: undefined, host: undefined };
    const { named } = await siteOf(instanceWith(INSTANCE, hidden));
    expect(named('network.incoming.bytes')).toMatchObject({
      user_id: null,
      project_id: null,
      resource_id: `${INSTANCE}-U8247.22L.2125D4A-V5-C2`,
    });
  });
});

describe('a partition that is not an instance', () => {
  test('is not reported where Nova decides what is an instance', async () => {
    const twin = instanceWith(PARTITION, { name: 'twin' });
    for (const instances of [[], [instanceWith(INSTANCE), twin]]) {
      const { exporter, samples, log } = siteWith(new InstanceList(instances));
      await exporter.exportBatch(batchAt(TIME));
      expect(samples).toEqual([]);
      await exporter.exportBatch(batchAt(TIME + 30_000));
      expect(exporter.statistics.withoutInstance).toBeGreaterThan(0);
      expect(log.lines).toMatchObject([{ level: 'warn', message: expect.stringMatching(/^nothing is sent/) }]);
    }
  });

  test('because it was deleted is no longer reported, and nothing fails', async () => {
    let list: InstanceDirectory = new InstanceList([instanceWith(INSTANCE)]);
    const { exporter, samples } = siteWith({ match: (id) => list.match(id) });
    await exporter.exportBatch(batchAt(TIME));
    const before = samples.length;
    expect(before).toBeGreaterThan(0);
    list = new InstanceList([]);
    await exporter.exportBatch(batchAt(TIME + 30_000));
    expect(samples.length).toBe(before);
  });

  test('is kept until Nova has answered', async () => {
    let match: InstanceMatch = { kind: 'unknown' };
    const { exporter, samples } = siteWith({ match: () => match });
    const batch = batchAt(TIME);
    await expect(exporter.exportBatch(batch)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      permanent: false,
    });
    expect(exporter.unpublishedSince('frame')).toBe(TIME);
    match = { kind: 'instance', instance: instanceWith(INSTANCE) };
    await exporter.exportBatch(batch);
    expect(samples.filter(({ name }) => name === 'cpu')).toHaveLength(1);
    expect(exporter.unpublishedSince()).toBeUndefined();
  });

  test('that appears while Nova is down waits without delaying others, in order', async () => {
    const known = instanceWith('9a2b3c4d-0000-4000-8000-00000000000b');
    const other = '1a2b3c4d-0000-4000-8000-00000000000b';
    let late: InstanceMatch = { kind: 'unknown' };
    const { exporter, samples } = siteWith({
      match: (id) => (id === other ? { kind: 'instance', instance: known } : late),
    });
    const both = (time: number) => [
      ...batchAt(time),
      resourceMetrics({ 'powervm.lpar.id': other, 'powervm.lpar.type': 'aix_linux', 'powervm.system.id': 'other' }, [
        gauge('powervm.lpar.memory.limit', [{ time, value: 2 ** 32 }]),
      ]),
    ];
    for (const step of [0, 1, 2]) await exporter.exportBatch(both(TIME + step * 30_000));
    expect(samples.map(({ name, resource_id }) => [name, resource_id])).toEqual(Array(3).fill(['memory', known.id]));
    expect(exporter.unpublishedSince('frame')).toBe(TIME);
    expect(exporter.unpublishedSince('other')).toBeUndefined();
    late = { kind: 'instance', instance: instanceWith(INSTANCE) };
    await exporter.exportBatch(both(TIME + 90_000));
    const cpu = samples.filter(({ name, resource_id }) => name === 'cpu' && resource_id === INSTANCE);
    expect(cpu.map(({ timestamp }) => Date.parse(`${timestamp}Z`) - TIME)).toEqual([0, 30_000, 60_000, 90_000]);
    expect(exporter.unpublishedSince()).toBeUndefined();
    expect(exporter.statistics.withoutInstance).toBe(0);
  });

  test('reports why it waits, and when waiting has ended', async () => {
    const away = siteWith({ match: () => ({ kind: 'unknown' }), unknownReason: 'Keystone: 401 for user ceilometer' });
    await expect(away.exporter.exportBatch(batchAt(TIME))).rejects.toThrow('Keystone: 401 for user ceilometer');
    let list: InstanceDirectory = new InstanceList([]);
    const { exporter, log } = siteWith({ match: (id) => list.match(id) });
    await exporter.exportBatch(batchAt(TIME));
    list = new InstanceList([instanceWith(INSTANCE)]);
    await exporter.exportBatch(batchAt(TIME + 30_000));
    expect(log.lines.map(({ message }) => message)).toEqual([
      'nothing is sent: Nova lists no instance that one of the partitions is',
      'samples are sent: Nova lists instances that partitions are',
    ]);
  });

  test('has its own UUID, no owner and an explicit flavor where there is no Nova', async () => {
    const { exporter, named } = siteWith();
    await exporter.exportBatch(batchAt(TIME));
    expect(named('memory')).toMatchObject({
      user_id: null,
      project_id: null,
      resource_id: PARTITION,
      // What Gnocchi needs to make the resource (docs/reference/openstack-formats.md#metadata-of-an-instance).
      resource_metadata: {
        display_name: 'db1',
        instance_host: 'frame-01',
        instance_type: 'powervm',
        flavor: { id: 'powervm', name: 'powervm' },
      },
    });
    expect(named('network.incoming.bytes')?.resource_id).toBe(`${PARTITION}-U8247.22L.2125D4A-V5-C2`);
    expect(named('disk.root.size')).toBeUndefined();
  });
});

describe('names', () => {
  test('of any characters and length are converted to what every receiver can store', async () => {
    const { exporter, named } = siteWith();
    await exporter.exportBatch(batchAt(TIME, `é/\u0000\ud800${'𝄞'.repeat(300)}`, 'a/b'));
    const name = String(named('memory')?.resource_metadata.display_name);
    expect(name.startsWith('é/\ufffd\ufffd𝄞')).toBe(true);
    expect([...name]).toHaveLength(255);
    expect(named('network.incoming.bytes')).toMatchObject({
      resource_id: `${PARTITION}-a_b`,
      resource_metadata: { vnic_name: 'a/b' },
    });
  });

  test('that make an id too long lose only their own samples, counted and logged once', async () => {
    const { exporter, samples, log } = siteWith();
    await exporter.exportBatch(batchAt(TIME, 'db1', 'x'.repeat(300)));
    await exporter.exportBatch(batchAt(TIME + 30_000, 'db1', 'x'.repeat(300)));
    expect(samples.map(({ name }) => name)).toContain('cpu');
    expect(samples.map(({ name }) => name)).not.toContain('network.incoming.bytes');
    expect([...exporter.statistics.refused]).toEqual([['the resource id is longer than 255 characters', 2]]);
    expect(log.at('warn')).toHaveLength(1);
  });

  test('and a value that is not a number loses only its own sample', async () => {
    const { exporter, samples } = siteWith();
    await exporter.exportBatch([
      resourceMetrics({ 'powervm.lpar.id': PARTITION, 'powervm.system.id': 'frame' }, [
        gauge('powervm.lpar.memory.limit', [{ time: TIME, value: Number.NaN }]),
        gauge('powervm.lpar.memory.backed', [{ time: TIME, value: 2 ** 20 }]),
      ]),
    ]);
    expect(samples.map(({ name }) => name)).toEqual(['memory.resident']);
    expect([...exporter.statistics.refused.keys()]).toEqual(['the volume is not a finite number']);
  });
});
