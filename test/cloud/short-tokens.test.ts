import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { InstanceDiscovery } from '../../src/openstack/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { freePort } from './services/ports.ts';
import { openServiceCloud } from './services/service-account.ts';
import type { CloudSettings } from './services/settings.ts';
import { applicationFile, webService } from './services/web-service.ts';

const settings = inject('cloud');
const LIFETIME = 6;

/** The same Keystone once more, with tokens that live for seconds. */
async function startBriefKeystone({ directory }: CloudSettings) {
  const [name, port] = ['brief-keystone', await freePort()];
  const configuration = path.join(directory, 'keystone', `${name}.conf`);
  const stock = await readFile(path.join(directory, 'keystone', 'keystone.conf'), 'utf8');
  await writeFile(configuration, `${stock}[token]\nexpiration = ${LIFETIME}\n`);
  const application = await readFile(applicationFile('keystone', directory), 'utf8');
  await writeFile(
    applicationFile(name, directory),
    application.replace(/OS_KEYSTONE_CONFIG_FILES'\] = '[^']*'/, `OS_KEYSTONE_CONFIG_FILES'] = '${configuration}'`),
  );
  const service = webService(name, directory, port);
  await service.start();
  afterThisTest(() => service.stop());
  return { service, url: `http://127.0.0.1:${port}/v3` };
}

test('tokens of a real Keystone that live for six seconds: Nova and Gnocchi let us in all the time', async () => {
  const log = new RecordedLog();
  const { service, url } = await startBriefKeystone(settings);
  const cloud = openServiceCloud(url);
  const discovery = new InstanceDiscovery({ cloud, logger: log });
  const gnocchi = cloud.client('Gnocchi', 'metric');
  const began = Date.now();
  while (Date.now() - began < 30_000) {
    expect(await discovery.refresh()).toBeUndefined();
    expect((await gnocchi.send('/v1/archive_policy', { method: 'GET' })).statusCode).toBe(200);
    await sleep(400);
  }
  expect(log.at('warn')).toEqual([]);
  // One for each lifetime, but for its last tenth.
  const logons = service.log().match(/POST \/v3\/auth\/tokens/g) ?? [];
  expect(logons.length).toBeGreaterThanOrEqual(30 / LIFETIME);
  expect(logons.length).toBeLessThanOrEqual(Math.ceil(30 / (LIFETIME * 0.9)) + 2);
});
