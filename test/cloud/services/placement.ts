import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { accessOf, cachedTokenReading } from './keystone.ts';
import { databaseUrl } from './postgresql.ts';
import type { Service } from './service.ts';
import type { CloudSettings } from './settings.ts';
import { applicationFile, webService } from './web-service.ts';

/** Placement, which Nova's scheduler asks for hosts with room. */
export function placementService({ directory, ports }: CloudSettings): Service {
  return webService('placement', directory, ports.placement);
}

export async function preparePlacement(settings: CloudSettings): Promise<void> {
  const folder = path.join(settings.directory, 'placement');
  const configuration = path.join(folder, 'placement.conf');
  await mkdir(folder);
  await writeFile(
    configuration,
    `[placement_database]
connection = ${databaseUrl(settings, 'placement')}
[api]
auth_strategy = keystone
[keystone_authtoken]
${cachedTokenReading(settings)}
${accessOf(settings, 'placement')}
`,
  );
  await writeFile(
    applicationFile('placement', settings.directory),
    `import os, sys
sys.argv = ['placement-api']
os.environ['OS_PLACEMENT_CONFIG_DIR'] = '${folder}'
from placement.wsgi import init_application
application = init_application()
`,
  );
  await runCommand('placement-manage', ['--config-file', configuration, 'db', 'sync']);
}
