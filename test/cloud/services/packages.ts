import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { runCommand } from './command.ts';

/** Debian packages of the services. `postgresql` brings the version of the release. */
const PACKAGES = [
  'prometheus',
  'rabbitmq-server',
  'postgresql',
  'keystone',
  'gnocchi-api',
  'gnocchi-metricd',
  'ceilometer-agent-notification',
  'python3-openstackclient',
  'python3-gnocchiclient',
  'python3-psycopg2',
  'uwsgi-plugin-python3',
  // For what comes from PyPI.
  'python3-venv',
  'placement-api',
  'glance-api',
  'nova-api',
  'nova-conductor',
  'nova-scheduler',
];

/** Keeps packages from asking; the services get configurations of their own. */
const ANSWERS = `
keystone keystone/configure_db boolean false
keystone keystone/create-admin-tenant boolean false
keystone keystone/register-endpoint boolean false
gnocchi-common gnocchi/configure_db boolean false
gnocchi-common gnocchi/configure_ksat boolean false
gnocchi-api gnocchi/register-endpoint boolean false
ceilometer-common ceilometer/configure_ksat boolean false
ceilometer-common ceilometer/configure_rabbit boolean false
placement-common placement/configure_db boolean false
placement-common placement/configure_ksat boolean false
glance-common glance/configure_db boolean false
glance-common glance/configure_ksat boolean false
nova-common nova/configure_db boolean false
nova-common nova/configure_ksat boolean false
`;

const POLICY = '/usr/sbin/policy-rc.d';
const environment = { DEBIAN_FRONTEND: 'noninteractive' };

/** What this machine lacks to run the real services, in words; `undefined` when it lacks nothing. */
export async function whatIsMissing(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? process.platform;
  if (!/^ID=debian$/m.test(release)) return `Debian (this is ${system}): the services come from its packages`;
  if (process.getuid?.() !== 0) return 'root: packages are installed, and a database is started as its own user';
  return undefined;
}

/** Installs what is not there, starting nothing. @returns the packages it installed */
export async function installPackages(): Promise<readonly string[]> {
  const { stdout } = await runCommand('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\n', ...PACKAGES], {
    allowFailure: true,
  });
  const missing = PACKAGES.filter((name) => !stdout.split('\n').includes(`${name} ii `));
  if (missing.length === 0) return missing;
  await withoutStartingServices(async () => {
    await runCommand('apt-get', ['update'], { environment });
    await runCommand('debconf-set-selections', [], { environment, input: ANSWERS });
    await runCommand('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { environment });
  });
  return missing;
}

/** Debian's own way: a policy that refuses to start the services of packages. One that stands there stays. */
async function withoutStartingServices(install: () => Promise<void>): Promise<void> {
  const isThere = await access(POLICY).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    if (!isThere) await rm(POLICY);
  }
}
