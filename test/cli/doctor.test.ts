import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PASSWORD as KEYSTONE_PASSWORD, KeystoneServer } from '../helpers/cloud/keystone.ts';
import { afterThisTest } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
const PASSWORD = 'abc123-planted';

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, OTEL_POWERVM_PASSWORD: PASSWORD, LANG: 'C.UTF-8' },
  });
  afterThisTest(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });
  return child;
}

interface ReadyLine {
  readonly url: string;
  readonly username: string;
  readonly ca_file?: string;
}

/** A simulator in a process of its own, with one problem. */
async function simulate(...args: readonly string[]): Promise<ReadyLine> {
  const child = start(['simulate', '--port', '0', '--lpars', '6', ...args]);
  if (!child.stdout) throw new Error('the simulator has no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return JSON.parse(String(line));
}

async function doctor(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = start(['doctor', ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  expect(output).not.toContain(PASSWORD);
  return { code, output };
}

const examine = async ({ url, username }: ReadyLine, ...args: readonly string[]) =>
  doctor('--endpoint', url, '--username', username, '--format', 'table', ...args);

test('reports a healthy console and the load that the collector would cause', async () => {
  const { code, output } = await examine(await simulate());
  expect(output).toMatch(/✓ port .*takes connections/);
  expect(output).toMatch(/✓ logon .*an HMC; one session/);
  expect(output).toMatch(/✓ PCM of frame-01 +long-term on/);
  expect(output).toMatch(/✓ VIOSes of frame-01 +vios1, vios2/);
  expect(output).toMatch(/✓ samples of frame-01 .*one every 30 s/);
  expect(output).toMatch(/✓ estimate +about \d+ series, \d+ points and \d+ requests a minute/);
  expect(code).toBe(0);
});

describe('names the problem and the remedy', () => {
  test.each([
    ['wrong-password', 3, /✗ logon .*refused user name or password/, /→ Check user name and password/],
    ['no-role', 3, /✗ logon .*may not use the REST API/, /→ Switch on "Allow remote access via the web"/],
    ['pcm-off', 5, /✗ PCM of frame-01 .*monitoring is off/, /→ node dist\/cli\/main\.js enable-pcm --system frame-01/],
    [
      'clock-off',
      1,
      /✗ clock .* 3\d{3} s behind this machine.*looks like a wrong time zone/,
      /→ Set NTP and the time zone/,
    ],
    ['rmc-down', 0, /! VIOSes of frame-01 .*running without RMC: vios1/, /→ On the VIOS: .*rmcctrl/],
    ['old-firmware', 0, /! release .*has no quick JSON/, /→ Nothing needs to be done/],
    ['restarting', 1, /✗ logon .*503/, /→ The console is restarting or overloaded: wait some minutes/],
  ])('%s', async (fault, exitCode, finding, remedy) => {
    const { code, output } = await examine(await simulate('--fault', fault));
    expect(output).toMatch(finding);
    expect(output).toMatch(remedy);
    expect(code).toBe(exitCode);
  });

  test('self-signed: the fingerprint to pin, and the command that saves the certificate', async () => {
    const ready = await simulate('--fault', 'self-signed');
    const { code, output } = await examine(ready);
    expect(output).toMatch(/✗ TLS .*self-signed.*SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}/);
    expect(output).toMatch(/→ Compare the fingerprint .*openssl s_client -connect 127\.0\.0\.1:\d+ .*console\.pem/);
    expect(code).toBe(4);
  });

  test('unreachable: reports the host name, then the port', async () => {
    const nobody = await doctor('--endpoint', 'https://127.0.0.1:9', '--username', 'u', '--format', 'table');
    expect(nobody.output).toMatch(/✗ port .*connection refused/);
    expect(nobody.code).toBe(4);
    const nameless = await doctor('--endpoint', 'https://no-such-host.invalid', '--username', 'u', '--format', 'table');
    expect(nameless.output).toMatch(/✗ name /);
    expect(nameless.code).toBe(4);
  });
});

test('checks the exporters of a configuration, and writes JSON', async () => {
  const { url, username } = await simulate();
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const file = path.join(await temporaryDirectory(), 'config.yaml');
  await writeFile(
    file,
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${PASSWORD}' }] } }
exporters: { otlp_http: { endpoint: '${sink.url}' }, otlp_http/gone: { endpoint: 'http://127.0.0.1:9', timeout: 1s } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http, otlp_http/gone] } } }`,
  );
  const { code, output } = await doctor('--config', file, '--format', 'json');
  const { healthy, checks } = JSON.parse(output);
  const of = (name: string) => checks.find(({ check }: { check: string }) => check === name);
  expect(healthy).toBe(false);
  expect(code).toBe(1);
  expect(of('exporter otlp_http')).toMatchObject({ status: 'passed' });
  expect(of('exporter otlp_http/gone')).toMatchObject({ status: 'failed', code: 'POWERVM_EXPORT_FAILED' });
  expect(of('samples of frame-01')).toMatchObject({ status: 'passed', console: url });
  expect(sink.points.map(({ metric }) => metric)).toEqual(['otelcol_process_uptime']);
  expect(sink.points[0]?.resource['service.name']).toBe('otel-powervm-doctor');
  expect(sink.violations).toEqual([]);
});

test('reads the configuration once, so that it may come through a pipe', async () => {
  const { url, username } = await simulate();
  const pipe = path.join(await temporaryDirectory(), 'config.yaml');
  await promisify(execFile)('mkfifo', [pipe]);
  const written = writeFile(
    pipe,
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${PASSWORD}' }] } }
exporters: { debug: {} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
  );
  const { code, output } = await doctor('--config', pipe, '--format', 'json');
  await written;
  expect(JSON.parse(output)).toMatchObject({ healthy: true });
  expect(code).toBe(0);
});

async function configured({ url, username }: ReadyLine, rest: string, cloud?: string): Promise<string> {
  const file = path.join(await temporaryDirectory(), 'config.yaml');
  const receiver = `receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${PASSWORD}' }]${cloud === undefined ? '' : `, openstack: ${cloud}`} } }`;
  await writeFile(file, `${receiver}\n${rest}`);
  return file;
}

test('finds every failing part of an OpenStack site, and unused definitions', async () => {
  const file = await configured(
    await simulate(),
    `
extensions:
  openstack: { auth: { auth_url: 'http://127.0.0.1:9/v3', username: u, password: p, project_name: x } }
  file_storage: { directory: /proc/nowhere }
  health_check: {}
exporters:
  ceilometer: { publishers: ['notifier://u:p@127.0.0.1:9/', 'file:///nonexistent/samples.jsonl', 'gnocchi://?back_fill=true'] }
service:
  extensions: [openstack, file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } }`,
  );
  const { code, output } = await doctor('--config', file, '--format', 'table');
  expect(output).toMatch(/! extension health_check +is not used/);
  expect(output).toMatch(/✗ extension openstack .*127\.0\.0\.1:9/);
  expect(output).toMatch(/✗ extension file_storage .*\/proc\/nowhere/);
  expect(output).toMatch(/✗ exporter ceilometer .*127\.0\.0\.1:9: .*refused/);
  expect(output).toMatch(/✗ exporter ceilometer .*cannot write \/nonexistent\/samples\.jsonl/);
  expect(output).not.toContain('no OpenStack cloud is configured');
  expect(code).toBe(1);
});

test('reports a Keystone that refuses the credentials, and free space of the directory', async () => {
  const keystone = new KeystoneServer();
  await keystone.server.start();
  afterThisTest(() => keystone.server.stop());
  const directory = await temporaryDirectory();
  const auth = (password: string) =>
    `{ auth: { auth_url: '${keystone.authUrl}', username: u, user_domain_name: Default, password: '${password}', project_name: x, project_domain_name: Default }, nova: { enabled: false } }`;
  const file = await configured(
    await simulate(),
    `
extensions:
  openstack/a: ${auth(KEYSTONE_PASSWORD)}
  openstack/b: ${auth('wrong')}
  file_storage: { directory: '${directory}' }
exporters: { ceilometer: { openstack: openstack/a, publishers: ['file://${directory}/samples.jsonl'] } }
service:
  extensions: [openstack/a, openstack/b, file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } }`,
    'openstack/a',
  );
  const { output } = await doctor('--config', file, '--format', 'table');
  expect(output).toMatch(/✓ extension openstack\/a +Keystone lets us in/);
  expect(output).toMatch(/✗ extension openstack\/b /);
  expect(output).toMatch(/extension file_storage .*can be written, with \d+ MiB free/);
  expect(output).toMatch(/✓ exporter ceilometer .*the directory can be written/);
});

test('tries the destination of an exporter that makes meters of what it gets', async () => {
  const file = path.join(await temporaryDirectory(), 'collector.yaml');
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  await writeFile(
    file,
    `receivers: { powervm: { consoles: [{ simulator: { lpars: 3 } }] } }
exporters:
  otlp_http: { endpoint: '${sink.url}', format: ceilometer }
  prometheus_remote_write: { endpoint: 'http://127.0.0.1:9/api/v1/write', format: ceilometer }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http, prometheus_remote_write] } } }`,
  );
  const { output } = await doctor('--config', file, '--format', 'table');
  expect(output).toMatch(/✓ exporter otlp_http .*one with a point/);
  expect(output).toMatch(/✗ exporter prometheus_r\S* .*127\.0\.0\.1:9.*refused/);
  expect(sink.points.map(({ metric }) => metric)).toContain('otelcol_process_uptime');
});

test('takes a missing directory of the file exporter for what it will be, and no directory for a file', async () => {
  const directory = await temporaryDirectory();
  await writeFile(path.join(directory, 'taken'), '');
  const file = await configured(
    await simulate(),
    `
extensions: { file_storage: { directory: '${directory}/taken' } }
exporters:
  file/made: { path: '${directory}/a/b/metrics.json' }
  file/directory: { path: '${directory}' }
  file/below: { path: '${directory}/taken/metrics.json' }
  ceilometer/directory: { publishers: ['file://${directory}'] }
  ceilometer/device: { publishers: ['file:///dev/null'] }
service:
  extensions: [file_storage]
  pipelines: { metrics: { receivers: [powervm], exporters: [file/made, file/directory, file/below, ceilometer/directory, ceilometer/device] } }`,
  );
  const { output } = await doctor('--config', file, '--format', 'json');
  const { checks } = JSON.parse(output);
  const of = (name: string) => checks.find(({ check }: { check: string }) => check === name);
  expect(of('exporter file/made')).toMatchObject({
    status: 'passed',
    text: expect.stringContaining(`its directory ${directory}/a/b, with the first sample`),
  });
  expect(of('exporter file/directory')).toMatchObject({
    status: 'failed',
    text: expect.stringContaining('it is a directory'),
  });
  expect(of('exporter file/below')).toMatchObject({
    status: 'failed',
    text: expect.stringContaining('a part of its path is no directory'),
  });
  expect(of('exporter ceilometer/directory')).toMatchObject({
    status: 'failed',
    text: expect.stringContaining('it is a directory'),
  });
  expect(of('exporter ceilometer/device')).toMatchObject({ status: 'passed' });
  expect(of('extension file_storage')).toMatchObject({
    status: 'failed',
    text: expect.stringContaining('is no directory'),
  });
  expect(await readdir(directory), 'nothing is left behind').toEqual(['taken']);
});

test('a port in use by a running collector is accepted; one in use by another program is reported', async () => {
  const console = await simulate();
  const stranger = net.createServer((socket) => socket.end('220 somebody else\r\n'));
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    stranger.close();
  });
  const ours = await freePort();
  const config = (port: number) => `
exporters: { prometheus: { endpoint: '127.0.0.1:${port}' } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } } }`;
  const file = await configured(console, config(ours));
  const child = start(['run', '--config', file]);
  if (!child.stderr) throw new Error('the collector has no output');
  for await (const line of createInterface({ input: child.stderr })) if (line.includes('"msg":"ready"')) break;
  const beside = await doctor('--config', file, '--format', 'table');
  expect(beside.output).toMatch(/✓ exporter prometheus +a running collector listens on 127\.0\.0\.1:/);
  expect(beside.code).toBe(0);
  const taken = await configured(console, config((stranger.address() as AddressInfo).port));
  const { code, output } = await doctor('--config', taken, '--format', 'table');
  expect(output).toMatch(/✗ exporter prometheus +cannot listen on .*the port is in use/);
  expect(code).toBe(1);
});

test('exits after its result when the peer accepts the connection and never responds', async () => {
  const silent = net.createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const { code, output } = await doctor(
    '--endpoint',
    `https://127.0.0.1:${port}`,
    '--username',
    'u',
    '--format',
    'table',
  );
  expect(output).toMatch(/✗ TLS .*no answer/);
  expect(code).toBe(4);
});

test('a fingerprint of the command line pins the certificate', async () => {
  const ready = await simulate('--fault', 'self-signed');
  const first = await examine(ready);
  const [fingerprint = ''] = /(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/.exec(first.output) ?? [];
  const pinned = await examine(ready, '--fingerprint', fingerprint);
  expect(pinned.output).toMatch(/✓ TLS +the pinned certificate/);
  expect(pinned.code).toBe(0);
  expect((await examine(ready, '--fingerprint', fingerprint.replaceAll(/[0-9]/g, '0'))).code).toBe(4);
});
