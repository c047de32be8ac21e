import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startSimulator } from '../helpers/console.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const QEMU = '/usr/bin/qemu-ppc64le-static';
/** A directory with `usr/bin/node` for ppc64le and its libraries, as the unpacked packages of a Linux distribution. */
const { POWER_ROOT: powerRoot } = process.env;
const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-power-'));

afterAll(() => rm(directory, { recursive: true, force: true }));

test.skipIf(powerRoot === undefined || !existsSync(QEMU))(
  'on an emulated POWER processor the DEB reads the same numbers as here (skipped without QEMU and POWER_ROOT: CONTRIBUTING.md)',
  async () => {
    const power = path.resolve(powerRoot ?? '');
    await run('npm', ['run', '--silent', 'package:linux', '--', '--output', directory], { cwd: root });
    const deb = (await readdir(directory)).find((file) => file.endsWith('.deb')) ?? '';
    const place = path.join(directory, 'root');
    await run('dpkg-deb', ['--extract', path.join(directory, deb), place]);

    const now = Date.now();
    const { url, username, password } = await startSimulator({ lpars: 4, now: () => now });
    const environment = { env: { ...process.env, OTEL_POWERVM_PASSWORD: password } };
    const program = path.join(place, 'usr/lib/otel-powervm/node_modules/otel-powervm/dist/cli/main.js');
    const words = [program, 'inspect', '--endpoint', url, '--username', username];
    const node = ['-L', power, path.join(power, 'usr/bin/node')];
    expect((await run(QEMU, [...node, '--print', 'process.arch'])).stdout.trim()).toBe('ppc64');
    const onPower = await run(QEMU, [...node, ...words], environment);
    const here = await run(process.execPath, words, environment);
    expect(JSON.parse(onPower.stdout).systems[0].partitions).toHaveLength(6);
    expect(JSON.parse(onPower.stdout)).toEqual(JSON.parse(here.stdout));
  },
  600_000,
);
