import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Collector, loadConfig, parseConfig } from '../src/collector/index.ts';
import { afterThisTest, startSimulator } from './helpers/console.ts';
import { OtlpSink } from './helpers/otlp-sink/index.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const root = path.join(import.meta.dirname, '..');

test('examples/embed.ts exports through the stock OTLP exporter and the Ceilometer exporter at once', async () => {
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const directory = await temporaryDirectory();
  const file = path.join(directory, 'samples.jsonl');
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/embed.ts'], {
    cwd: root,
    env: {
      ...process.env,
      OTLP_ENDPOINT: sink.url,
      CEILOMETER_PUBLISHER: `file://${file}`,
      RUN_FOR_SECONDS: '3',
      EXPORT_EVERY_SECONDS: '1',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(output).toMatch(/busiest: [\w-]+, \d\.\d\d processors/);
  expect(sink.violations).toEqual([]);
  expect(sink.points.filter(({ metric }) => metric === 'powervm.lpar.cpu.consumed').length).toBeGreaterThan(10);
  const samples = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(samples.some(({ name, unit }) => name === 'cpu' && unit === 'ns')).toBe(true);
});

test('examples/one-call.ts delivers to an OTLP destination and to a file, and exits by itself', async () => {
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const file = path.join(await temporaryDirectory(), 'samples.jsonl');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'examples/one-call.ts'], {
    cwd: root,
    env: { ...process.env, OTLP_ENDPOINT: sink.url, CEILOMETER_PUBLISHER: `file://${file}`, RUN_FOR_SECONDS: '4' },
  });
  expect(stdout).toMatch(/the first sample: \d+ partitions/);
  expect(sink.violations).toEqual([]);
  expect(sink.points.filter(({ metric }) => metric === 'powervm.lpar.cpu.time').length).toBeGreaterThan(10);
  expect(await readFile(file, 'utf8')).toContain('"name":"cpu"');
});

test('examples/test-your-client.ts reads a simulated console and shows what the console saw of it', async () => {
  const args = ['--import', 'tsx', 'examples/test-your-client.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  expect(stdout).toContain('the client found frame-01');
  expect(stdout).toMatch(/logon: 1, inventory: 2, logoff: 1/);
  expect(stdout).toContain('open sessions: 0');
});

test('examples/embed.cjs reads a console in a CommonJS program, by require', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['examples/embed.cjs'], { cwd: root });
  expect(stdout).toMatch(/^prod-db1: Running, \d+\.\d\d processors$/m);
  expect(stderr).toBe('');
});

test.each(readdirSync(path.join(root, 'examples')).filter((name) => name.endsWith('.yaml')))(
  'examples/%s is a valid configuration',
  (name) => {
    const environment = {
      HMC_ENDPOINT: 'https://hmc1.example.com',
      HMC_USERNAME: 'monitor',
      NOVA_HOST: 'neo-1',
      OS_AUTH_URL: 'https://keystone:5000',
      OS_PASSWORD: 'x',
      TRANSPORT_URL: 'rabbit://openstack:x@controller',
    };
    const { service } = loadConfig(path.join(root, 'examples', name), environment);
    expect(service.pipelines.metrics?.exporters.length).toBeGreaterThan(0);
  },
);

test.each(readdirSync(path.join(root, 'examples')).filter((name) => name.endsWith('.yaml')))(
  'examples/%s would work on a real site: trust in the console, a place for the cursors, no secret in the command',
  async (name) => {
    const { receivers, extensions, service } = loadConfig(path.join(root, 'examples', name), {
      NOVA_HOST: 'neo-1',
      OS_AUTH_URL: 'https://keystone:5000',
      OS_PASSWORD: 'x',
      TRANSPORT_URL: 'rabbit://openstack:x@controller',
    });
    const consoles = Object.values(receivers).flatMap((receiver) => receiver.consoles);
    expect(consoles.length).toBeGreaterThan(0);
    for (const console of consoles) {
      if (console.endpoint === undefined) throw new Error('an example reads a simulator');
      if (console.endpoint.startsWith('http://localhost:12080')) expect(console).not.toHaveProperty('username');
      else {
        expect(console).toMatchObject({
          endpoint: expect.stringMatching(/^https:/),
          tls: { ca_file: expect.any(String) },
        });
        expect(console).toMatchObject({ password_file: expect.any(String) });
      }
    }
    const storages = service.extensions.filter((id) => /^(file_storage|etcd)/.test(id));
    expect(storages).toHaveLength(1);
    expect(Object.keys(extensions)).toContain(storages[0]);
  },
);

test('examples/novalink.yaml logs on by file, without password and certificate, and delivers', async () => {
  const simulator = await startSimulator({ console: 'novalink', lpars: 4 });
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const config = loadConfig(path.join(root, 'examples/novalink.yaml'), {
    NOVALINK_ENDPOINT: simulator.url,
    STATE_DIRECTORY: path.join(await temporaryDirectory(), 'state'),
    OTLP_ENDPOINT: sink.url,
  });
  const collector = await Collector.create(config);
  afterThisTest(() => collector.stop());
  await collector.start();
  const partitions = () => sink.points.filter(({ metric }) => metric === 'powervm.lpar.cpu.time');
  await expect.poll(() => partitions().length, { timeout: 60_000 }).toBeGreaterThan(3);
  expect(sink.violations).toEqual([]);
});

test('examples/kubernetes/fleet.yaml is well-formed, names what it mounts, and has a valid configuration', async () => {
  const text = await readFile(path.join(root, 'examples/kubernetes/fleet.yaml'), 'utf8');
  const documents = parseAllDocuments(text);
  expect(documents.flatMap((document) => ('errors' in document ? document.errors : []))).toEqual([]);
  const objects = documents.map((document) => ('toJS' in document ? document.toJS() : undefined));
  expect(objects.map(({ kind }) => kind)).toEqual(['Service', 'StatefulSet', 'ConfigMap', 'Deployment']);
  const [service, etcd, map, collectors] = objects;
  expect(service.spec.clusterIP).toBe('None');
  expect(etcd.spec.serviceName).toBe(service.metadata.name);
  expect(etcd.spec.template.metadata.labels).toMatchObject(service.spec.selector);
  const { volumes } = collectors.spec.template.spec;
  expect(volumes[0].configMap.name).toBe(map.metadata.name);
  const source = { environment: { POD: 'pod-1' }, readFile: () => 'x' };
  const { receivers, extensions } = parseConfig(map.data['otel-config.yaml'], 'otel-config.yaml', source);
  expect(receivers.powervm?.fleet).toEqual({ storage: 'etcd' });
  expect(extensions.etcd).toMatchObject({ instance_id: 'pod-1' });
});

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
test.skipIf(!hasAnalyze).each([
  ['as it is', undefined],
  ['with novalink.conf', 'novalink.conf'],
])(
  'examples/systemd/otel-powervm.service %s is valid for systemd and well sandboxed [skipped without systemd-analyze]',
  async (_, dropIn) => {
    const unit = await readFile(path.join(root, 'examples/systemd/otel-powervm.service'), 'utf8');
    expect(unit).toContain('ExecStart=/usr/bin/otel-powervm run --config /etc/otel-powervm/otel-config.yaml');
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'otel-powervm.service');
    // The command is not installed where the tests run, and systemd looks for it.
    await writeFile(file, unit.replace('ExecStart=/usr/bin/otel-powervm', `ExecStart=${process.execPath}`));
    if (dropIn !== undefined) {
      await mkdir(`${file}.d`);
      await copyFile(path.join(root, 'examples/systemd', dropIn), path.join(`${file}.d`, dropIn));
    }
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => line.includes('otel-powervm') || line.includes('.conf:'));
    expect({ status, ours, stderr }).toEqual({ status: 0, ours: [], stderr });
    // In tenths: up to 20 of 100 is what systemd itself calls OK; a member of NovaLink's group sees the files of others.
    const security = ['security', '--offline=true', `--threshold=${dropIn === undefined ? 20 : 30}`, file];
    expect(spawnSync('systemd-analyze', security, { encoding: 'utf8' }).status).toBe(0);
  },
);
