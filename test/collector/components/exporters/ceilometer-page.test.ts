import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { InvalidConfiguration, parseConfig } from '../../../../src/collector/index.ts';
import { collectorInCloud } from '../../../helpers/cloud/collector-in-cloud.ts';
import { afterThisTest } from '../../../helpers/console.ts';
import { readPage } from '../../../helpers/exposition.ts';
import { freePort } from '../../../helpers/free-port.ts';
import { simulatedTime } from '../../../helpers/simulated-time.ts';

const source = { environment: {}, readFile: () => '' };

test('format: ceilometer shows every meter as the polling agent does, with the values of the samples', async () => {
  const time = await simulatedTime({ lpars: 3 });
  const partitions = time.simulator.systems.flatMap((system) => system.partitions);
  const [gone] = partitions;
  const folder = mkdtempSync(path.join(tmpdir(), 'ceilometer-page-'));
  afterThisTest(async () => rmSync(folder, { recursive: true, force: true }));
  const [port, ownPort, file] = [await freePort(), await freePort(), path.join(folder, 'samples.json')];
  const { collector, nova, pass } = await collectorInCloud(
    time,
    {
      prometheus: `{ endpoint: '127.0.0.1:${port}', format: ceilometer, meters: classic, memory_unit: MiB }`,
      'prometheus/own': `{ endpoint: '127.0.0.1:${ownPort}', project_label: true }`,
      ceilometer: `{ publishers: ['file://${file}'], interval: 0s, meters: classic, memory_unit: MiB }`,
    },
    '{ interval: 1m }',
  );
  await collector.start();
  const scrape = async () => readPage(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  await pass(4);

  // Both have every sample when they agree: each writes in its own time.
  const shown = await vi.waitFor(async () => {
    const page = await scrape();
    const newest = new Map<string, { readonly volume: number; readonly unit: string; readonly name: string }>();
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const sample = JSON.parse(line);
      newest.set(`${sample.name} ${sample.resource_id}`, sample);
    }
    expect(newest.size).toBeGreaterThan(60);
    expect(new Set(page.map(({ labels }) => `${labels.counter} ${labels.resource}`))).toEqual(new Set(newest.keys()));
    for (const { name, labels, value } of page) {
      const sample = newest.get(`${labels.counter} ${labels.resource}`);
      const expected = [`ceilometer_${sample?.name.replaceAll('.', '_')}`, sample?.volume, sample?.unit];
      expect([name, value, labels.unit ?? '']).toEqual(expected);
    }
    return page;
  }, 15_000);
  const id = gone?.id.toLowerCase() ?? '';
  const common = {
    publisher: 'ceilometer',
    project: '9c8b7a6d5e4f40312233445566778899',
    user: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
    vm_instance: '1ba6c5fd72c8e0b1a9c3c0f4c06f2a5a52a0e2e7bd9b8f1dd9d5b9d2',
    resource_name: `${gone?.name}:instance-${gone?.name}`,
    server_group: 'none',
    flavor_id: '42',
    flavor_name: 'p10.small',
  };
  const labelsOf = (name: string, resource: string) =>
    shown.find((line) => line.name === name && line.labels.resource === resource)?.labels;
  expect(labelsOf('ceilometer_cpu', id)).toEqual({
    ...common,
    cpu: id,
    type: 'cpu',
    counter: 'cpu',
    unit: 'ns',
    resource: id,
  });
  expect(labelsOf('ceilometer_memory_resident', id)).toMatchObject({ memory: id, type: 'resident', unit: 'MiB' });
  const disk = shown.find(({ name }) => name === 'ceilometer_disk_device_read_bytes');
  expect(disk?.labels).toMatchObject({ disk: 'read', type: 'device', counter: 'disk.device.read.bytes', unit: 'B' });

  const own = readPage(await (await fetch(`http://127.0.0.1:${ownPort}/metrics`)).text());
  const projects = (name: string) =>
    new Set(own.filter((line) => line.name === name).map(({ labels }) => labels.project));
  expect(projects('powervm_lpar_memory_limit')).toEqual(new Set([common.project, undefined]));
  expect(projects('powervm_lpar_cpu_time_total')).toContain(common.project);
  expect(projects('powervm_system_memory_installed')).toEqual(new Set([undefined]));

  nova.entries = nova.entries.map((entry) =>
    entry.id === gone?.id ? { ...entry, deleted: true, updated: nova.now } : entry,
  );
  await pass(10);
  const left = new Set(
    (await scrape()).filter(({ name }) => name === 'ceilometer_cpu').map(({ labels }) => labels.cpu),
  );
  expect([...left].sort()).toEqual(
    partitions
      .slice(1)
      .map((partition) => partition.id.toLowerCase())
      .sort(),
  );
  await collector.stop();
});

test.each([
  [
    '{ format: ceilometer, project_label: true }',
    '[openstack]',
    /project_label: format: ceilometer has the label always/,
  ],
  ['{ meters: classic }', '[openstack]', /exporters\.prometheus\.meters: needs format: ceilometer/],
  ['{ format: ceilometer, openstack: openstack/us }', '[openstack]', /openstack\/us is no openstack extension/],
  ['{ format: ceilometer }', '[openstack, openstack/eu]', /several clouds/],
])('an unsuitable configuration is rejected: %s %s', (exporter, used, message) => {
  const file = `receivers: { powervm: { consoles: [{ simulator: {} }] } }
extensions: { openstack: { cloud: one }, openstack/eu: { cloud: two } }
exporters: { prometheus: ${exporter} }
service:
  extensions: ${used}
  pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } }
`;
  const problems = () => {
    try {
      parseConfig(file, 'test.yaml', source);
      return '';
    } catch (error) {
      if (error instanceof InvalidConfiguration) return error.lines.join('\n');
      throw error;
    }
  };
  expect(problems()).toMatch(message);
});
