import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const root = path.join(import.meta.dirname, '../..');
const main = path.join(root, 'dist/cli/main.js');

interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...environment } });
  afterThisTest(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  return child;
}

async function collect(child: ChildProcess): Promise<Finished> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

/** Runs a verb to its end. */
function run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Finished> {
  return collect(start(args, environment));
}

async function inDirectory(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  return directory;
}

beforeAll(async () => {
  // `npm test` builds first; a test run by hand says what is missing.
  await readFile(main).catch(() => {
    throw new Error('dist is missing: npm run build');
  });
});

describe('simulate and inspect', () => {
  test('work together as two processes and exit cleanly', async () => {
    const simulator = start(['simulate', '--port', '0', '--lpars', '40', '--console', 'novalink'], {
      OTEL_POWERVM_PASSWORD: 'abc123',
    });
    const finished = collect(simulator);
    const [line] = simulator.stdout ? await once(createInterface({ input: simulator.stdout }), 'line') : [];
    const ready = JSON.parse(String(line));
    expect(ready).toMatchObject({ event: 'listening', username: 'hscroot', password: 'abc123', console: 'novalink' });
    const connection = ['--endpoint', ready.url, '--username', 'hscroot'];
    const secret = { OTEL_POWERVM_PASSWORD: 'abc123' };
    const { code, output } = await run(['inspect', ...connection, '--format', 'json'], secret);
    expect(code).toBe(0);
    const [system] = JSON.parse(output).systems;
    expect(system).toMatchObject({ id: ready.systems[0], status: 0 });
    expect(system.partitions).toHaveLength(42);
    const [partition] = system.partitions.filter(({ type }: { type: string }) => type === 'aix_linux');
    expect(partition.cycles.capped).toBeGreaterThan(0);
    expect(partition.vnics[0].mac).toMatch(/^fa:16:3e/);
    const one = await run(['inspect', ...connection, '--lpar', partition.name, '--format', 'table'], secret);
    expect(one.output).toContain(partition.name);
    const systems = await run(['systems', ...connection, '--format', 'json'], secret);
    expect(JSON.parse(systems.output).systems[0]).toMatchObject({
      state: 'operating',
      pcm: { long_term_monitor: true },
    });
    simulator.kill('SIGTERM');
    expect((await finished).code).toBe(0);
  });

  test('over TLS, with the certificate that the simulator names', async () => {
    const simulator = start(['simulate', '--tls'], { OTEL_POWERVM_PASSWORD: 'abc123' });
    const [line] = simulator.stdout ? await once(createInterface({ input: simulator.stdout }), 'line') : [];
    const { url, ca_file } = JSON.parse(String(line));
    expect(url).toMatch(/^https:/);
    const connection = ['--endpoint', url, '--username', 'hscroot'];
    const secret = { OTEL_POWERVM_PASSWORD: 'abc123' };
    expect((await run(['systems', ...connection, '--ca-file', ca_file], secret)).code).toBe(0);
    const untrusted = await run(['systems', ...connection], secret);
    expect(untrusted.code).toBe(4);
    expect(untrusted.errors).toContain('POWERVM_TLS_UNTRUSTED');
  });
});

describe('exit codes with one line of explanation, no stack trace and no secret', () => {
  const connect = (url: string) => ['inspect', '--endpoint', url, '--username', 'hscroot'];
  const secret = { OTEL_POWERVM_PASSWORD: 'topsecret' };

  async function expectFailure(
    args: readonly string[],
    code: number,
    text: string,
    environment = secret,
  ): Promise<void> {
    const finished = await run(args, environment);
    expect(finished.code).toBe(code);
    expect(finished.output).toBe('');
    expect(finished.errors).toContain(text);
    expect(finished.errors).not.toMatch(/topsecret|\n\s+at /);
  }

  test('2: no endpoint, no password, an unknown option, an unknown verb', async () => {
    await expectFailure(['inspect'], 2, '--endpoint');
    await expectFailure(['inspect', '--endpoint', 'https://h', '--username', 'u'], 2, 'OTEL_POWERVM_PASSWORD', {
      OTEL_POWERVM_PASSWORD: '',
    });
    await expectFailure(['inspect', '--nope'], 2, '--nope');
    await expectFailure(['nope'], 2, 'nope');
    await expectFailure(
      ['inspect', '--endpoint', 'http://hmc.example.com', '--username', 'u'],
      2,
      'POWERVM_CLEAR_TEXT_REFUSED',
    );
  });

  test('3: a wrong password', async () => {
    const simulator = await startSimulator({ password: 'right' });
    await expectFailure(connect(simulator.url), 3, 'POWERVM_LOGON_REFUSED');
    expect(simulator.sessions.refused).toBe(1);
  });

  test('4: console unreachable', async () => {
    const simulator = await startSimulator();
    await simulator.stop();
    await expectFailure(connect(simulator.url), 4, 'POWERVM_CONSOLE_UNREACHABLE');
  });

  test('5: monitoring is off', async () => {
    const simulator = await startSimulator({ password: 'topsecret', longTermMonitor: false });
    await expectFailure(connect(simulator.url), 5, 'POWERVM_PCM_DISABLED');
  });

  test('1: no systems, or a web page instead of a console', async () => {
    await expectFailure(
      connect((await startSimulator({ password: 'topsecret', systems: 0 })).url),
      1,
      'POWERVM_NO_SYSTEM',
    );
    const page = await startSimulator({
      password: 'topsecret',
      intercept: () => ({ status: 200, body: '<html>Sign in</html>' }),
    });
    await expectFailure(connect(page.url), 1, 'POWERVM_ANSWER_INVALID');
  });

  test('0 with a warning when one VIOS document is broken', async () => {
    const simulator = await startSimulator({ password: 'topsecret' });
    simulator.intercept = ({ path: requested }) => (requested.includes('_vios_1_') ? { truncateTo: 100 } : undefined);
    const { code, output } = await run([...connect(simulator.url), '--format', 'json'], secret);
    expect(code).toBe(0);
    expect(JSON.parse(output).systems).toHaveLength(1);
  });

  test('1: an unknown partition', async () => {
    const simulator = await startSimulator({ password: 'topsecret' });
    await expectFailure([...connect(simulator.url), '--lpar', 'nope'], 1, 'POWERVM_UNKNOWN_PARTITION');
  });
});

describe('configuration verbs', () => {
  test('validate and print-config', async () => {
    const directory = await inDirectory({
      'bad.yaml': 'receivers: { powervm: { consoles: [] } }\nexporters: {}\nservice: {}\n',
    });
    const good = await run(['validate', '--config', path.join(root, 'otel-config.yaml')]);
    expect([good.code, good.output]).toEqual([0, '']);
    const bad = await run(['validate', '--config', path.join(directory, 'bad.yaml')]);
    expect(bad.code).toBe(2);
    expect(bad.errors).toMatch(/bad\.yaml:1:\d+ {2}receivers\.powervm\.consoles: must name at least one console/);
    expect((await run(['validate', '--config', path.join(directory, 'none.yaml')])).code).toBe(2);
    const printed = await run(['print-config', '--config', path.join(root, 'otel-config.yaml')]);
    expect(printed.output).toContain('collection_interval: 30s');
  });

  test('inspect reads the consoles of a configuration', async () => {
    const { code, output } = await run([
      'inspect',
      '--config',
      path.join(root, 'otel-config.yaml'),
      '--format',
      'json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(output).systems[0].partitions.length).toBe(14);
  });
});

describe('long-running verbs', () => {
  test('run reports readiness, delivers, and exits with 0 on SIGTERM', async () => {
    const child = start(['run', '--config', path.join(root, 'otel-config.yaml')]);
    const finished = collect(child);
    const lines = child.stderr ? createInterface({ input: child.stderr }) : undefined;
    const ready = new Promise<void>((resolve) =>
      lines?.on('line', (line) => JSON.parse(line).msg === 'ready' && resolve()),
    );
    const delivered = new Promise<void>((resolve) =>
      child.stdout?.on('data', (chunk) => String(chunk).includes('prod-db1') && resolve()),
    );
    await Promise.all([ready, delivered]);
    child.kill('SIGTERM');
    const { code, errors } = await finished;
    expect(code).toBe(0);
    expect(errors).toContain('"msg":"stopped"');
  });

  test('demo shows partitions immediately and exits by itself', async () => {
    const { code, output, errors } = await run(['demo', '--duration', '2s', '--no-tty']);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toMatch(/prod-db1 +aix_linux +Running/);
    expect(output).not.toContain('\u001b');
    expect((await run(['demo', '--duration', 'soon'])).code).toBe(2);
  });
});

test('metrics lists the catalog in three formats', async () => {
  const json = JSON.parse((await run(['metrics'])).output);
  expect(json.metrics.length).toBeGreaterThan(90);
  expect((await run(['metrics', '--format', 'markdown'])).output).toContain('| `powervm.lpar.cpu.time` |');
  expect((await run(['metrics', '--format', 'table'])).output).toContain('powervm.lpar.cpu.time');
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  expect((await run(['--version'])).output.trim()).toBe(version);
});

test('a closed output pipe is not a failure', async () => {
  const child = spawn(
    'sh',
    ['-c', `"$0" "$1" metrics --format markdown | head -n 1; echo "left: $?"`, process.execPath, main],
    {
      env: { PATH: process.env.PATH },
    },
  );
  const { output, errors } = await collect(child);
  expect(output).toBe('## Partitions (LPAR and VIOS)\nleft: 0\n');
  expect(errors).toBe('');
});

test('top prints one table of all partitions into a pipe', async () => {
  const { url, username, password } = await startSimulator({ lpars: 6, vioses: 2 });
  const { code, output } = await run(['top', '--endpoint', url, '--username', username, '--once'], {
    OTEL_POWERVM_PASSWORD: password,
    COLUMNS: '100',
  });
  expect(code).toBe(0);
  expect(output).toContain('frame-01');
  expect(output).toMatch(/prod-db1 .*\d\.\d\d/);
  expect(output).toContain('8 partitions');
  expect(output).not.toContain('\u001b');
});
