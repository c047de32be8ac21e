import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { PowerVmSimulator } from '../../src/simulator/index.ts';
import { PASSWORD as KEYSTONE_PASSWORD, type KeystoneServer } from '../helpers/cloud/keystone.ts';
import { startCloud } from '../helpers/cloud/start-cloud.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/**
 * Secrets of every kind are planted, the real program is run in every way, and everything that it ever wrote is
 * searched for them: output, files, process arguments, and what it exports. SECURITY.md counts on these tests.
 */

const root = path.join(import.meta.dirname, '../..');
const main = path.join(root, 'dist/cli/main.js');

/** No two have a piece in common, and none is a word that could stand there for another reason. */
const secrets = {
  consolePassword: 'Qx7&<console>"w0rd',
  proxyPassword: 'proxy-Zk3wR9',
  otlpHeader: 'otlp-Hn5vB2xY',
  publisherPassword: 'publisher-Tj8mL4',
  telemetrySecret: 'telemetry-Vd6sQ1',
  brokerPassword: 'broker-Fp9cW3',
  cloudPassword: KEYSTONE_PASSWORD,
};
type Planted = Readonly<Record<string, string>>;

/** How a secret may look somewhere: as it is, in XML, in JSON, in a URL, in base64. */
function guises(secret: string): readonly string[] {
  const inXml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    secret,
    inXml,
    inXml.replaceAll('"', '&quot;'),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ];
}

function expectNone(text: string, planted: Planted, place: string): void {
  for (const [name, secret] of Object.entries(planted)) {
    for (const guise of guises(secret)) expect(text.includes(guise), `${name} in ${place}`).toBe(false);
  }
}

/** What one run of the program wrote, in whatever way. */
interface Trace {
  readonly code: number | null;
  readonly texts: Readonly<Record<string, string>>;
}

// Whole programs are started here, one after the other, on machines that have other work as well.
vi.setConfig({ testTimeout: 60_000 });

let directory = '';
let simulator: PowerVmSimulator;
let exported: Buffer[] = [];
let tokens: Set<string>;
let sessionFiles: string[] = [];
const SESSION_FILE = /session-\w+\.json$/;

beforeAll(async () => {
  await readFile(main).catch(() => {
    throw new Error('dist is missing: npm run build');
  });
});

beforeEach(async () => {
  directory = await temporaryDirectory();
  await mkdir(path.join(directory, 'work'));
  tokens = new Set();
  exported = [];
  sessionFiles = [];
  simulator = await startSimulator({
    tls: true,
    username: 'monitor',
    password: secrets.consolePassword,
    intercept: ({ headers }) => {
      const token = headers['x-api-session'];
      if (token) tokens.add(token);
      return undefined;
    },
  });
});

/** Takes what is exported; answers `status` and repeats what it was sent, as some servers do. */
async function startDestination(status: number): Promise<string> {
  const server = http.createServer(async (request, response) => {
    // A program that crashes leaves in the middle of a request.
    const body = await buffer(request).catch(() => undefined);
    if (!body) return;
    exported.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    response.writeHead(status).end(status === 200 ? '' : JSON.stringify(request.headers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startProxy(): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = http.createServer().on('connect', (request, socket: net.Socket) => {
    const port = Number(request.url?.split(':').at(-1));
    const upstream = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A cloud that lets in whoever has the password. */
/** The extensions that have something to hide, or to keep. */
function extensionsWith(keystone: KeystoneServer): string {
  return `extensions:
  openstack:
    auth:
      auth_url: '${keystone.authUrl}'
      username: ceilometer
      password: '\${env:CLOUD_PASSWORD}'
      project_name: service
      user_domain_name: Default
      project_domain_name: Default
    nova: { interval: 1s }
  file_storage: { directory: '${path.join(directory, 'work/state')}' }
`;
}

/** A configuration with every secret in it, some as text, some from the environment, some from a file. */
async function writeConfig(destination: string, proxy: string, extra = ''): Promise<string> {
  const extensions = [...extra.matchAll(/^ {2}(openstack|file_storage):/gm)].map(([, name]) => name);
  const passwordFile = path.join(directory, 'password');
  await writeFile(passwordFile, `${secrets.consolePassword}\n`);
  const file = path.join(directory, 'config.yaml');
  await writeFile(
    file,
    `receivers:
  powervm:
    collection_interval: 1s
    consoles:
      - endpoint: '${simulator.url}'
        username: monitor
        password_file: '${passwordFile}'
        tls: { ca_file: '${simulator.caFile}' }
        proxy: { url: '${proxy}', username: me, password: '\${env:PROXY_PASSWORD}' }
exporters:
  otlp_http:
    endpoint: 'http://${destination}'
    encoding: json
    headers: { Authorization: 'Bearer ${secrets.otlpHeader}', X-Other: '\${env:OTLP_HEADER}' }
  ceilometer:
    publishers:
      - 'http://ceilometer:${secrets.publisherPassword}@${destination}/samples?max_retries=0'
      - 'file://${path.join(directory, 'work/samples.jsonl')}'
      - notifier://
    transport_url: 'rabbit://guest:${secrets.brokerPassword}@127.0.0.1:9/vhost'
    interval: 1s
    telemetry_secret: '${secrets.telemetrySecret}'
  debug: { verbosity: detailed }
service:
  extensions: [${extensions}]
  pipelines:
    metrics: { receivers: [powervm], exporters: [otlp_http, ceilometer, debug] }
  telemetry: { logs: { level: debug } }
${extra}`,
  );
  return file;
}

const environment = () => ({
  PATH: process.env.PATH,
  TMPDIR: path.join(directory, 'work'),
  OTEL_POWERVM_PASSWORD: secrets.consolePassword,
  PROXY_PASSWORD: secrets.proxyPassword,
  OTLP_HEADER: secrets.otlpHeader,
  CLOUD_PASSWORD: secrets.cloudPassword,
});

function start(args: readonly string[], preload?: string): ChildProcess {
  const nodeOptions = preload === undefined ? [] : ['--import', preload];
  const child = spawn(process.execPath, [...nodeOptions, main, ...args], {
    cwd: path.join(directory, 'work'),
    env: environment(),
  });
  afterThisTest(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  return child;
}

/** Runs to the end, or until `isEnough` is true of what was printed. */
async function trace(child: ChildProcess, isEnough: (written: string) => boolean = () => false): Promise<Trace> {
  let output = '';
  let errors = '';
  let isStopping = false;
  const look = () => {
    if (isStopping || !isEnough(output + errors)) return;
    isStopping = true;
    child.kill('SIGTERM');
  };
  child.stdout?.on('data', (chunk) => {
    output += chunk;
    look();
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
    look();
  });
  const commandLine = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
  const [code] = await once(child, 'close');
  return { code, texts: { output, errors, commandLine, ...(await writtenFiles()), exported: exported.join('\n') } };
}

/** What the program wrote into files, its session excepted: that file is a credential and for the owner only. */
async function writtenFiles(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const work = path.join(directory, 'work');
  for (const name of await readdir(work, { recursive: true })) {
    const file = path.join(work, name);
    const about = await stat(file);
    if (SESSION_FILE.test(name)) {
      sessionFiles.push(name);
      expect(about.mode & 0o777).toBe(0o600);
    } else if (about.isFile()) files[name] = await readFile(file, 'latin1');
  }
  return files;
}

function expectClean({ texts }: Trace): void {
  const sessions = Object.fromEntries([...tokens].map((token, index) => [`session ${index}`, token.slice(0, 60)]));
  for (const [place, text] of Object.entries(texts)) expectNone(text, { ...secrets, ...sessions }, place);
}

test('the search finds planted secrets', () => {
  for (const guise of guises(secrets.consolePassword)) {
    expect(() => expectNone(`a ${guise} b`, secrets, 'x')).toThrow();
  }
});

test('run, with everything delivered', async () => {
  const config = await writeConfig(await startDestination(200), await startProxy());
  const seen = await trace(
    start(['run', '--config', config]),
    (written) => written.includes('prod-') && exported.length > 3,
  );
  expect(seen.code).toBe(0);
  expect(tokens.size).toBeGreaterThan(0);
  expect(seen.texts.exported).toContain('powervm.');
  expect(seen.texts['samples.jsonl']).toContain('"cpu"');
  expectClean(seen);
});

test('run, with destinations that reject and echo requests', async () => {
  const config = await writeConfig(await startDestination(401), await startProxy());
  const seen = await trace(start(['run', '--config', config]), (written) =>
    /turned away|refused the request/.test(written),
  );
  expect(seen.texts.errors).toContain('[redacted]');
  expectClean(seen);
});

test('run, with a console that rejects and echoes requests', async () => {
  const escaped = secrets.consolePassword.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  simulator.intercept = () => ({ status: 401, body: `<p>no: ${secrets.consolePassword}, ${escaped}</p>` });
  const config = await writeConfig(await startDestination(200), await startProxy());
  const seen = await trace(start(['run', '--config', config]), (written) => written.includes('LOGON_REFUSED'));
  expect(seen.texts.errors).toContain('POWERVM_LOGON_REFUSED');
  expectClean(seen);
});

test('run, with a cloud, and storage after a kill', async () => {
  const { keystone } = await startCloud();
  const config = await writeConfig(await startDestination(200), await startProxy(), extensionsWith(keystone));
  const child = start(['run', '--config', config]);
  const ended = trace(child);
  await expect.poll(() => exported.length, { timeout: 30_000 }).toBeGreaterThan(3);
  await expect.poll(() => keystone.logons, { timeout: 30_000 }).toBeGreaterThan(0);
  await expect
    .poll(async () => (await writtenFiles())['state/state.json'] ?? '', { timeout: 30_000 })
    .toContain('otlp_http');
  child.kill('SIGKILL');
  const seen = await ended;
  expect(sessionFiles).not.toEqual([]);
  tokens.add('gAAAAAB-token-');
  expectClean(seen);
});

test('run, with a cloud that rejects and echoes requests', async () => {
  const { keystone } = await startCloud();
  keystone.server.disturb = ({ json }) => ({
    status: 401,
    json: { error: { code: 401, title: 'Unauthorized', message: `no: ${JSON.stringify(json)}` } },
  });
  const config = await writeConfig(await startDestination(200), await startProxy(), extensionsWith(keystone));
  const seen = await trace(start(['run', '--config', config]), (written) => written.includes('LOGON_REFUSED'));
  expect(seen.texts.errors).toContain('POWERVM_OPENSTACK_LOGON_REFUSED');
  expectClean(seen);
});

test('print-config and validate', async () => {
  const proxy = await startProxy();
  const config = await writeConfig('127.0.0.1:9', proxy, extensionsWith((await startCloud()).keystone));
  const printed = await trace(start(['print-config', '--config', config]));
  expect(printed.texts.output).toContain('[redacted]');
  expectClean(printed);
  expectClean(await trace(start(['validate', '--config', config])));
});

test.each([
  ['an unknown key', 'nonsense: { a: 1 }'],
  ['no YAML', '  - : : {{{'],
  ['a second password', 'exporters: { debug: }'],
])('validate of a configuration with %s', async (_what, extra) => {
  const seen = await trace(start(['validate', '--config', await writeConfig('127.0.0.1:9', 'http://p', extra)]));
  expect(seen.code).toBe(2);
  expectClean(seen);
});

test('validate of secrets in unexpected places', async () => {
  const file = path.join(directory, 'config.yaml');
  const { consolePassword, otlpHeader, publisherPassword, telemetrySecret, proxyPassword } = secrets;
  await writeFile(
    file,
    JSON.stringify({
      receivers: {
        powervm: {
          consoles: [
            { endpoint: `https://monitor:${consolePassword}@hmc1`, username: 'u', password: [consolePassword] },
            { endpoint: `hmc ${consolePassword}`, password: { text: consolePassword } },
            { endpoint: 'https://hmc', proxy: { url: `socks5://me:${proxyPassword}@proxy` } },
            { endpoint: 'https://hmc', username: 'u', password: `\${${otlpHeader}}` },
            { endpoint: 'https://hmc', username: 'u', password: `\${env:${otlpHeader}}` },
          ],
        },
      },
      exporters: {
        otlp_http: { endpoint: `htp://u:${otlpHeader}@x`, headers: { Authorization: [otlpHeader] } },
        ceilometer: { publishers: [`gopher://u:${publisherPassword}@x`], telemetry_secret: [telemetrySecret] },
      },
      service: { pipelines: { metrics: { receivers: ['powervm'], exporters: ['otlp_http', 'ceilometer'] } } },
    }),
  );
  const seen = await trace(start(['validate', '--config', file]));
  expect(seen.code).toBe(2);
  expectClean(seen);
});

test('inspect, with the right password, a wrong one, and an unreachable console', async () => {
  const connection = ['inspect', '--username', 'monitor', '--ca-file', simulator.caFile ?? '', '--format', 'json'];
  const right = await trace(start([...connection, '--endpoint', simulator.url]));
  expect(right.code).toBe(0);
  expectClean(right);
  const nobody = await trace(start([...connection, '--endpoint', 'https://127.0.0.1:9']));
  expect(nobody.code).toBe(4);
  expectClean(nobody);
  const stranger = [...connection.slice(0, 2), 'stranger', ...connection.slice(3)];
  const refused = await trace(start([...stranger, '--endpoint', simulator.url]));
  expect(refused.code).toBe(3);
  expectClean(refused);
});

test.each([
  // Everything that goes through node:http and node:https fails as badly as it can, with the request in the error.
  [
    'in the middle of a request',
    `import http from 'node:http';
     const end = http.ClientRequest.prototype.end;
     let count = 0;
     http.ClientRequest.prototype.end = function (...args) {
       if ((count += 1) > 3) throw Object.assign(new Error('injected'), { request: { header: this._header, args } });
       return end.apply(this, args);
     };`,
  ],
  ['of the process', `setTimeout(() => { throw new Error('injected'); }, 1500);`],
  ['of a promise', `setTimeout(() => { Promise.reject(new Error('injected')); }, 1500);`],
])('a crash %s', async (_what, injected) => {
  const config = await writeConfig(await startDestination(200), await startProxy());
  const preload = path.join(directory, 'crash.mjs');
  await writeFile(preload, injected);
  const seen = await trace(start(['run', '--config', config], preload), (written) => written.includes('injected'));
  expect(seen.texts.errors).toContain('injected');
  expectClean(seen);
});
