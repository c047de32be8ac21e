import { execFile, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');

const has = (command: string, argument = '--version') => spawnSync(command, [argument]).status === 0;
const hasGo = has('go', 'version');
const hasDpkg = has('dpkg') && has('systemd-sysusers');
// rpm makes the new root its own with chroot(2).
const hasRpm = has('rpm') && process.getuid?.() === 0;
const hasAnalyze = has('systemd-analyze');

let directory: string;

/** Files that the commands of a package made, by their last part. */
async function build(
  name: string,
  options: readonly string[],
): Promise<{ readonly deb: string; readonly rpm: string }> {
  const output = path.join(directory, name);
  await run('npm', ['run', '--silent', 'package:linux', '--', '--output', output, ...options], { cwd: root });
  const files = await readdir(output);
  const [deb, rpm] = ['.deb', '.rpm'].map((end) => files.find((file) => file.endsWith(end)));
  if (deb === undefined || rpm === undefined) throw new Error(`no packages in ${files.join(' ')}`);
  return { deb: path.join(output, deb), rpm: path.join(output, rpm) };
}

/** An empty system with the users that every one has. */
async function emptyRoot(): Promise<string> {
  const place = await mkdtemp(path.join(directory, 'root-'));
  await mkdir(path.join(place, 'etc'));
  await writeFile(path.join(place, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(path.join(place, 'etc/group'), 'root:x:0:\n');
  await chmod(place, 0o755);
  return place;
}

async function installDeb(file: string): Promise<string> {
  const place = await emptyRoot();
  for (const folder of ['info', 'updates', 'triggers'])
    await mkdir(path.join(place, 'var/lib/dpkg', folder), { recursive: true });
  await writeFile(path.join(place, 'var/lib/dpkg/status'), '');
  // The scripts of the package honour DPKG_ROOT; nodejs is no package of the empty system.
  const options = ['--force-script-chrootless', '--force-not-root', '--force-depends', '--force-architecture'];
  await run('dpkg', [`--root=${place}`, ...options, '--install', file]);
  return place;
}

async function installRpm(file: string): Promise<string> {
  const place = await emptyRoot();
  await addShell(place);
  await run('rpm', ['--root', place, '--install', '--nodeps', '--ignorearch', file]);
  return place;
}

/** For the scripts of the package, which rpm runs in the new root. */
async function addShell(place: string): Promise<void> {
  // What scripts throw away has to go somewhere.
  await mkdir(path.join(place, 'dev'));
  await writeFile(path.join(place, 'dev/null'), '');
  for (const command of [
    '/bin/sh',
    '/usr/bin/sed',
    '/usr/bin/grep',
    '/usr/bin/chgrp',
    '/usr/bin/chmod',
    '/usr/sbin/useradd',
    '/usr/bin/systemd-sysusers',
  ]) {
    const { stdout } = await run('sh', ['-c', `command -v ${command} && ldd ${command} | grep -o '/[^ ]*' || true`]);
    for (const file of stdout.split('\n').filter((line) => line.startsWith('/'))) {
      await mkdir(path.join(place, path.dirname(file)), { recursive: true });
      await copyFile(file, path.join(place, file));
    }
  }
}

/** What the installed command says, with no `node` in reach but the one given. */
async function ask(place: string, args: readonly string[], searched = path.dirname(process.execPath)) {
  return run(path.join(place, 'usr/bin/otel-powervm'), args, { env: { PATH: `${searched}:/usr/bin:/bin` } });
}

async function expectInstalled(place: string): Promise<void> {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  expect((await ask(place, ['--version'])).stdout.trim()).toBe(version);

  const config = path.join(place, 'etc/otel-powervm/otel-config.yaml');
  expect(await readFile(config, 'utf8')).toBe(await readFile(path.join(root, 'examples/hmc.yaml'), 'utf8'));
  const passwd = await readFile(path.join(place, 'etc/passwd'), 'utf8');
  expect(passwd).toMatch(/^otel-powervm:.*:\/var\/lib\/otel-powervm:.*nologin$/m);
  const [, group] = /^otel-powervm:[^:]*:(\d+):/m.exec(await readFile(path.join(place, 'etc/group'), 'utf8')) ?? [];
  expect(group).toBeDefined();
  // Passwords of consoles will be in there: its group may look, nobody else.
  const folder = await stat(path.dirname(config));
  expect(folder.mode & 0o777).toBe(0o750);
  if (process.getuid?.() === 0) expect(folder.gid).toBe(Number(group));
  expect((await stat(config)).mode & 0o777).toBe(0o640);

  // The configuration of the package needs what an administrator adds: an address, a password, a certificate.
  const secrets = await mkdtemp(path.join(directory, 'secrets-'));
  await writeFile(path.join(secrets, 'hmc-password'), 'abc123-planted', { mode: 0o600 });
  const ca = path.join(secrets, 'hmc.pem');
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=hmc1',
    '-keyout',
    '/dev/null',
    '-out',
    ca,
  ]);
  const variables = { CREDENTIALS_DIRECTORY: secrets, HMC_CA_FILE: ca, STATE_DIRECTORY: secrets };
  const { stdout, stderr } = await run(path.join(place, 'usr/bin/otel-powervm'), ['validate', '--config', config], {
    env: { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, ...variables },
  });
  expect(stdout + stderr).toMatch(/is valid/);

  for (const page of ['docs/install.md', 'examples/hmc.yaml']) {
    const link = path.join(place, 'usr/lib/otel-powervm/node_modules/otel-powervm', page);
    expect((await stat(link)).isFile()).toBe(true);
  }
  expect(await readFile(path.join(place, 'usr/share/bash-completion/completions/otel-powervm'), 'utf8')).toContain(
    'doctor',
  );
  // Optional in npm, and of a piece here.
  expect(await readdir(path.join(place, 'usr/lib/otel-powervm/node_modules/@grpc'))).toContain('grpc-js');
}

async function expectUnitIsValid(place: string): Promise<void> {
  const units = path.join(place, 'usr/lib/systemd/system');
  const unit = path.join(units, 'otel-powervm.service');
  // systemd looks for the command, and for the user, on this machine: where it is installed they are.
  const text = await readFile(unit, 'utf8');
  await writeFile(
    unit,
    text.replace('ExecStart=/usr/bin/otel-powervm', `ExecStart=${path.join(place, 'usr/bin/otel-powervm')}`),
  );
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  const ours = stderr.split('\n').filter((line) => /otel-powervm|\.conf:/.test(line));
  expect([status, ours]).toEqual([0, []]);
  const security = ['security', '--offline=true', '--threshold=20', unit];
  expect(spawnSync('systemd-analyze', security, { encoding: 'utf8' }).status).toBe(0);
  expect(await readFile(`${unit}.d/10-package.conf`, 'utf8')).toMatch(/^User=otel-powervm$/m);
}

describe.skipIf(!hasGo)('the packages for Linux (skipped without go, which builds nfpm)', () => {
  let plain: Awaited<ReturnType<typeof build>>;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-packages-'));
    await chmod(directory, 0o755);
    plain = await build('plain', []);
  }, 900_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.skipIf(!hasDpkg)('the DEB installs, with user, configuration and unit (skipped without dpkg)', async () => {
    const place = await installDeb(plain.deb);
    await expectInstalled(place);
    if (hasAnalyze) await expectUnitIsValid(place);
    const { stdout } = await run('dpkg-deb', ['--field', plain.deb, 'Depends', 'Architecture']);
    expect(stdout).toContain('nodejs (>= 20.19)');
    expect(stdout).toContain('Architecture: all');
    // A configuration that was changed outlives the removal of the package, as a conffile does.
    await writeFile(path.join(place, 'etc/otel-powervm/otel-config.yaml'), '# mine\n');
    await run('dpkg', [`--root=${place}`, '--force-script-chrootless', '--force-not-root', '--remove', 'otel-powervm']);
    expect(await readFile(path.join(place, 'etc/otel-powervm/otel-config.yaml'), 'utf8')).toBe('# mine\n');
    await expect(stat(path.join(place, 'usr/bin/otel-powervm'))).rejects.toThrow('ENOENT');
  });

  test.skipIf(!hasRpm)(
    'the RPM installs, with user, configuration and unit (skipped without rpm, or not as root)',
    async () => {
      const place = await installRpm(plain.rpm);
      await expectInstalled(place);
      if (hasAnalyze) await expectUnitIsValid(place);
      const { stdout } = await run('rpm', ['-qp', '--requires', plain.rpm]);
      expect(stdout).toContain('nodejs >= 1:20.19');
      await writeFile(path.join(place, 'etc/otel-powervm/otel-config.yaml'), '# mine\n');
      await run('rpm', ['--root', place, '--erase', 'otel-powervm']);
      expect(await readFile(path.join(place, 'etc/otel-powervm/otel-config.yaml.rpmsave'), 'utf8')).toBe('# mine\n');
    },
  );

  test.skipIf(!hasDpkg || process.arch !== 'x64')(
    'with its own Node it runs where there is none (skipped without dpkg, or not on x86)',
    async () => {
      const { deb } = await build('with-node', ['--node', 'npm']);
      const place = await installDeb(deb);
      const nothing = await mkdtemp(path.join(directory, 'no-node-'));
      const { stdout } = await run('sh', [
        '-c',
        `PATH=/usr/bin:/bin; "${place}/usr/lib/otel-powervm/node/bin/node" --version`,
      ]);
      expect(stdout).toMatch(/^v24\./);
      expect((await ask(place, ['--version'], nothing)).stdout).toMatch(/^\d+\.\d+\.\d+/);
      const fields = (await run('dpkg-deb', ['--field', deb])).stdout;
      expect(fields).toMatch(/^Package: otel-powervm-with-node$/m);
      expect(fields).toMatch(/^Architecture: amd64$/m);
      expect(fields).toMatch(/^Conflicts: otel-powervm$/m);
      expect(fields).not.toMatch(/^Depends:/m);
    },
    600_000,
  );

  test.skipIf(!hasDpkg)('without any Node it says what is needed (skipped without dpkg)', async () => {
    const place = await installDeb(plain.deb);
    const tools = await mkdtemp(path.join(directory, 'tools-'));
    for (const name of ['dirname', 'readlink']) await copyFile(`/usr/bin/${name}`, path.join(tools, name));
    const { status, stderr } = spawnSync('/bin/sh', [path.join(place, 'usr/bin/otel-powervm'), '--version'], {
      env: { PATH: tools },
      encoding: 'utf8',
    });
    expect(stderr).toContain('Node.js 20.19 or newer is needed');
    expect(status).toBe(2);
  });
});
