import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');

/** An empty project of a user with the packed package in it. */
let project: string;

beforeAll(async () => {
  project = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: root });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  await writeFile(path.join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`], { cwd: project });
}, 300_000);

afterAll(() => rm(project, { recursive: true, force: true }));

async function powervm(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return run('npx', ['--no-install', 'otel-powervm', ...args], {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: project, ...environment },
  });
}

/** A verb that runs until it is stopped: the program itself, without npx between it and the signal. */
function start(args: readonly string[]): ChildProcess {
  const program = path.join(project, 'node_modules', '.bin', 'otel-powervm');
  return spawn(program, args, { cwd: project, env: { PATH: process.env.PATH, HOME: project } });
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('the program has no output');
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return String(line);
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('the package, installed into an empty folder', () => {
  test('runs every verb', async () => {
    const { stdout: help } = await powervm(['--help']);
    const verbs = [...help.matchAll(/^ {2}([a-z-]+) .*$/gm)].map((match) => match[1] ?? '');
    const simulator = start(['simulate', '--port', '0', '--lpars', '3']);
    const ready = JSON.parse(await firstLine(simulator));
    const secret = { OTEL_POWERVM_PASSWORD: ready.password };
    const connection = ['--endpoint', ready.url, '--username', ready.username];
    const config = path.join('node_modules', 'otel-powervm', 'otel-config.yaml');
    await writeFile(path.join(project, 'lines.jsonl'), '');
    const proofs: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
      systems: [connection, /frame-01/],
      inspect: [connection, /"partitions"/],
      top: [[...connection, '--once'], /prod-db1/],
      doctor: [[...connection, '--format', 'table'], /It works|All is well/],
      'enable-pcm': [connection, /frame-01/],
      record: [[...connection, '--output', 'bundle.jsonl'], /^/],
      metrics: [['--format', 'markdown'], /powervm\.lpar\.cpu\.time/],
      validate: [['--config', config], /is valid/],
      'print-config': [['--config', config], /collection_interval/],
      demo: [['--no-tty', '--duration', '2s'], /prod-db1/],
      completion: [['bash'], /complete/],
      replay: [['lines.jsonl', '--to', 'http://127.0.0.1:9'], /0 points of 0 lines sent/],
      // More of it needs Keystone and Nova: test/cli/openstack-check.test.ts has them.
      openstack: [['check', '--help'], /which partitions are which instances/],
      // More of it needs etcd: test:fleet has that.
      fleet: [['--help'], /who is in a fleet/],
    };
    // These two run until they are stopped: the simulator is running, the collector follows.
    expect(verbs.filter((verb) => verb !== 'help').sort()).toEqual([...Object.keys(proofs), 'run', 'simulate'].sort());
    for (const [verb, [args, expected]] of Object.entries(proofs)) {
      const { stdout, stderr } = await powervm([verb, ...args], secret);
      expect(stdout + stderr, verb).toMatch(expected);
    }
    const collector = start(['run', '--config', config]);
    expect(await firstLine(collector)).toMatch(/metrics, \d+ points/);
    collector.kill('SIGTERM');
    expect(await exitCode(collector)).toBe(0);
    simulator.kill('SIGTERM');
    expect(await exitCode(simulator)).toBe(0);
  });

  test('can be imported by ESM and required by CommonJS', async () => {
    const names = "['PowerVmReceiver', 'registerPowerVmInstruments', 'CeilometerExporter', 'OtlpBatchExporter']";
    const check = `for (const name of ${names}) if (typeof powervm[name] !== 'function') throw new Error(name)`;
    const esm = `const powervm = await import('otel-powervm'); ${check}; await import('otel-powervm/simulator')`;
    await run(process.execPath, ['--input-type=module', '-e', esm], { cwd: project });
    const commonJs = `const powervm = require('otel-powervm'); ${check}; require('otel-powervm/simulator')`;
    await run(process.execPath, ['--input-type=commonjs', '-e', commonJs], { cwd: project });
  });

  test('has every file that its pages link to, and no types of packages that it does not depend on', async () => {
    const folder = path.join(project, 'node_modules', 'otel-powervm');
    const pages = (await readdir(path.join(folder, 'docs'))).filter((name) => name.endsWith('.md'));
    // Proofs and the map of the code are for those who have the sources; the README is for everybody.
    const isOfSources = (page: string, target: string) =>
      page !== 'README.md' && /^(\.\.\/)?(src|test|scripts|bench|\.ci)\//.test(target);
    const read = ['README.md', 'SECURITY.md', ...pages.map((name) => `docs/${name}`)];
    const dead: string[] = [];
    for (const page of read) {
      const text = await readFile(path.join(folder, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
        if (isOfSources(page, target)) continue;
        if (!existsSync(path.join(folder, path.dirname(page), target))) dead.push(`${page}: ${target}`);
      }
    }
    expect(dead).toEqual([]);
    const { dependencies, peerDependencies } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const known = Object.keys({ ...dependencies, ...peerDependencies });
    const files = (await readdir(path.join(folder, 'dist'), { recursive: true })).filter((name) =>
      name.endsWith('.d.ts'),
    );
    const unknown = new Set<string>();
    for (const file of files) {
      const text = await readFile(path.join(folder, 'dist', file), 'utf8');
      for (const [, name = ''] of text.matchAll(/from ['"]((?:@[\w-]+\/)?[\w-]+)/g)) {
        if (!known.includes(name) && !isBuiltin(name)) unknown.add(name);
      }
    }
    expect([...unknown].filter((name) => name !== 'node')).toEqual([]);
  });

  test('installs one copy of each OpenTelemetry package', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: project });
    const copies = stdout
      .split('\n')
      .filter((place) => /@opentelemetry\/(?:api|core|resources|sdk-metrics)$/.test(place));
    expect(new Set(copies).size).toBe(4);
  });

  test('is platform independent: no native code and no install scripts', async () => {
    const files = await readdir(path.join(project, 'node_modules'), { recursive: true });
    expect(files.filter((file) => /\.node$|(?:^|\/)binding\.gyp$/.test(file))).toEqual([]);
    const lock = JSON.parse(await readFile(path.join(project, 'package-lock.json'), 'utf8'));
    const packages = Object.entries<Readonly<Record<string, unknown>>>(lock.packages);
    expect(packages.filter(([, { hasInstallScript, cpu }]) => hasInstallScript || cpu).map(([name]) => name)).toEqual(
      [],
    );
  });
});
