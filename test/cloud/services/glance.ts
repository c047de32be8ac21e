import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { accessOf, cachedTokenReading } from './keystone.ts';
import { isAnswering } from './ports.ts';
import { databaseUrl } from './postgresql.ts';
import { Service } from './service.ts';
import { type CloudSettings, glanceUrl } from './settings.ts';

/** Glance: Nova boots from an image, and shelves into one. */
export function glanceService(settings: CloudSettings): Service {
  return new Service({
    name: 'glance-api',
    directory: settings.directory,
    command: ['glance-api', '--config-file', configurationOf(settings)],
    isReady: () => isAnswering(`${glanceUrl(settings)}/versions`),
  });
}

export async function prepareGlance(settings: CloudSettings): Promise<void> {
  const folder = path.join(settings.directory, 'glance');
  await mkdir(path.join(folder, 'images'), { recursive: true });
  await writeFile(
    configurationOf(settings),
    `[DEFAULT]
bind_host = 127.0.0.1
bind_port = ${settings.ports.glance}
workers = 0
enabled_backends = files:file
[database]
connection = ${databaseUrl(settings, 'glance')}
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = ${folder}/images
[paste_deploy]
flavor = keystone
config_file = /usr/share/glance-common/glance-api-paste.ini
[oslo_concurrency]
lock_path = ${folder}
[keystone_authtoken]
${cachedTokenReading(settings)}
${accessOf(settings, 'glance')}
`,
  );
  await runCommand('glance-manage', ['--config-file', configurationOf(settings), 'db_sync']);
}

function configurationOf({ directory }: CloudSettings): string {
  return path.join(directory, 'glance', 'glance-api.conf');
}
