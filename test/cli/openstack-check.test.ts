import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openstackCheck } from '../../src/cli/openstack-check/openstack-check.ts';
import type { Terminal } from '../../src/cli/terminal/terminal.ts';
import { PASSWORD } from '../helpers/cloud/keystone.ts';
import { startCloud } from '../helpers/cloud/start-cloud.ts';
import { startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** A cloud that knows all partitions but the last, and one instance that is none of them. */
async function site(password = PASSWORD) {
  const simulator = await startSimulator({ lpars: 4 });
  const { keystone, nova } = await startCloud();
  const partitions = simulator.systems.flatMap((system) => system.partitions);
  const entry = { host: 'neo-1', flavor: 'p10.small', updated: nova.now };
  nova.entries = [
    ...partitions.slice(0, -1).map(({ id, name }) => ({ ...entry, id: id.toLowerCase(), name })),
    { ...entry, id: '11111111-2222-4333-8444-555555555555', name: 'elsewhere' },
  ];
  const folder = await temporaryDirectory();
  const file = path.join(folder, 'config.yaml');
  await writeFile(
    file,
    `receivers:
  powervm: { consoles: [{ endpoint: '${simulator.url}', username: ${simulator.username}, password: '${simulator.password}' }] }
extensions:
  openstack:
    auth: { auth_url: '${keystone.authUrl}', username: ceilometer, password: '${password}', project_name: service, user_domain_name: Default, project_domain_name: Default }
exporters: { ceilometer: { publishers: ['file://${folder}/samples.jsonl'], memory_unit: MiB } }
service:
  extensions: [openstack]
  pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } }
`,
  );
  const output: string[] = [];
  const terminal: Terminal = {
    environment: { LANG: 'C.UTF-8' },
    isInteractive: false,
    print: (text) => output.push(text),
    report: (text) => output.push(text),
  };
  const check = async (options: { readonly instance?: string; readonly format: 'table' | 'json' }) => {
    const code = await openstackCheck({ config: [file], ...options }, terminal);
    return { code, text: output.splice(0).join('\n') };
  };
  return { check, partitions, folder, file, nova };
}

test('openstack check shows which partition is which instance and what would be sent of one', async () => {
  const { check, partitions } = await site();
  const { code, text } = await check({ format: 'table' });
  expect(text).toMatch(
    /✓ extension openstack +Keystone lets us in as ceilometer in project service with role admin; Nova lists 4/,
  );
  expect(text).toMatch(/✓ exporter ceilometer .*the directory can be written/);
  for (const { id, name } of partitions.slice(0, -1)) {
    expect(text).toMatch(new RegExp(`${name} .* ${id.toLowerCase()} +${name} +ACTIVE +neo-1 +9c8b7a6d`));
  }
  expect(text).toMatch(new RegExp(`${partitions.at(-1)?.name} .*none of Nova: not sent`));
  expect(text).toContain(
    'Instances that no partition here is, 1: elsewhere (11111111-2222-4333-8444-555555555555, neo-1)',
  );
  expect(text).toMatch(new RegExp(`Of one reading, for ${partitions[0]?.name};`));
  expect(text).toMatch(new RegExp(`cpu +cumulative +\\d+ +ns +${partitions[0]?.id.toLowerCase()}`));
  expect(text).toMatch(/memory +gauge +\d+ +MiB/);
  expect(text).toContain('All is well.');
  expect(code).toBe(0);
});

test('the configuration is read once, so that it may come through a pipe', async () => {
  const { check, file } = await site();
  const text = await readFile(file, 'utf8');
  await rm(file);
  await promisify(execFile)('mkfifo', [file]);
  // In a process of its own: the file is read synchronously.
  const writer = promisify(execFile)('sh', ['-c', 'printf %s "$1" > "$0"', file, text]);
  const { code } = await check({ format: 'table' });
  await writer;
  expect(code).toBe(0);
});

test('the samples of an instance that is named are shown in full as JSON, and none is written', async () => {
  const { check, partitions, folder } = await site();
  const [, second] = partitions;
  const { text } = await check({ format: 'json', instance: second?.name ?? '' });
  const report = JSON.parse(text);
  expect(report).toMatchObject({
    healthy: true,
    instances_without_partition: [{ name: 'elsewhere', host: 'neo-1' }],
  });
  expect(report.partitions.map(({ match }: { match: string }) => match).sort()).toEqual([
    'instance',
    'instance',
    'instance',
    'none',
  ]);
  expect(new Set(report.samples.map((sample: { name: string }) => sample.name))).toContain('network.incoming.bytes');
  for (const sample of report.samples) {
    expect(sample).toMatchObject({
      project_id: '9c8b7a6d5e4f40312233445566778899',
      resource_metadata: { instance_id: second?.id.toLowerCase(), status: 'active', state: 'active', memory_mb: 4096 },
    });
  }
  await expect(readFile(path.join(folder, 'samples.jsonl'))).rejects.toThrow('ENOENT');

  const missing = await check({ format: 'table', instance: 'nobody' });
  expect(missing.text).toContain('no partition is the instance nobody');
  expect(missing.code).toBe(1);
});

test('a Keystone that refuses the account fails the check and says so', async () => {
  const { check } = await site('wrong');
  const { code, text } = await check({ format: 'table' });
  expect(text).toMatch(/✗ extension openstack .*refused/);
  expect(text).toContain('not known yet: Nova was not read');
  expect(text).toContain('Failed checks: 1.');
  expect(code).toBe(1);
});
