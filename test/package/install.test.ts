import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
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

describe('the package, installed into an empty folder', () => {
  test('knows every verb', async () => {
    const { stdout } = await powervm(['--help']);
    const verbs = [...stdout.matchAll(/^ {2}([a-z-]+) .*$/gm)]
      .map((match) => match[1] ?? '')
      .filter((verb) => verb !== 'help');
    expect(verbs).toEqual(expect.arrayContaining(['run', 'demo', 'top', 'inspect', 'systems', 'metrics', 'simulate']));
    for (const verb of verbs) expect((await powervm([verb, '--help'])).stdout).toContain(`otel-powervm ${verb}`);
  });

  test('shows the demo and checks a configuration', async () => {
    expect((await powervm(['demo', '--no-tty', '--duration', '2s'])).stdout).toContain('prod-db1');
    const example = path.join('node_modules', 'otel-powervm', 'otel-config.yaml');
    expect((await powervm(['validate', '--config', example])).stderr).toContain('is valid');
    expect((await powervm(['print-config', '--config', example])).stdout).toContain('collection_interval');
  });

  test('is imported by ESM, and required by CommonJS', async () => {
    const names = "['PowerVmReceiver', 'registerPowerVmInstruments', 'CeilometerExporter', 'OtlpBatchExporter']";
    const check = `for (const name of ${names}) if (typeof powervm[name] !== 'function') throw new Error(name)`;
    const esm = `const powervm = await import('otel-powervm'); ${check}; await import('otel-powervm/simulator')`;
    await run(process.execPath, ['--input-type=module', '-e', esm], { cwd: project });
    const commonJs = `const powervm = require('otel-powervm'); ${check}; require('otel-powervm/simulator')`;
    await run(process.execPath, ['--input-type=commonjs', '-e', commonJs], { cwd: project });
  });

  test('brings one copy of each OpenTelemetry package', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: project });
    const copies = stdout
      .split('\n')
      .filter((place) => /@opentelemetry\/(?:api|core|resources|sdk-metrics)$/.test(place));
    expect(new Set(copies).size).toBe(4);
  });

  test('runs on any processor: nothing native, and no script at its installation', async () => {
    const files = await readdir(path.join(project, 'node_modules'), { recursive: true });
    expect(files.filter((file) => /\.node$|(?:^|\/)binding\.gyp$/.test(file))).toEqual([]);
    const lock = JSON.parse(await readFile(path.join(project, 'package-lock.json'), 'utf8'));
    const packages = Object.entries<Readonly<Record<string, unknown>>>(lock.packages);
    expect(packages.filter(([, { hasInstallScript, cpu }]) => hasInstallScript || cpu).map(([name]) => name)).toEqual(
      [],
    );
  });
});
