/**
 * The cloud of the tests, to try things in: docs/openstack.md has what to do with it. Writes `cloud.env`, which tells a
 * shell the way into it, when it is up. Ends with Ctrl-C.
 *
 *   npm run cloud
 */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PowerVmSimulator } from '../../src/simulator/index.ts';
import { bringUp } from './bring-up.ts';
import { offerUuids } from './services/nova.ts';
import { whatIsMissing } from './services/packages.ts';
import { freePort } from './services/ports.ts';
import { brokerUrl, type CloudSettings, keystoneUrl, PASSWORD, TELEMETRY_SECRET } from './services/settings.ts';

const FILE = 'cloud.env';

function environmentOf(settings: CloudSettings, console: number): string {
  const variables = {
    OS_AUTH_URL: keystoneUrl(settings),
    OS_USERNAME: 'admin',
    OS_PASSWORD: PASSWORD,
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
    OS_IDENTITY_API_VERSION: '3',
    OS_COMPUTE_API_VERSION: '2.74',
    TRANSPORT_URL: brokerUrl(settings),
    TELEMETRY_SECRET,
    NOVA_HOST: 'neo-1',
    NOVALINK_PORT: String(console),
    NOVALINK_ENDPOINT: `http://127.0.0.1:${console}`,
    STATE_DIRECTORY: path.join(settings.directory, 'collector'),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  return lines.join('');
}

async function main(): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const { settings, end } = await bringUp();
  // The frame that `otel-powervm simulate --console novalink` shows.
  const [frame] = new PowerVmSimulator({ console: 'novalink' }).systems;
  await offerUuids(settings, frame?.partitions ?? []);
  writeFileSync(FILE, environmentOf(settings, await freePort()));
  process.stdout.write(`The cloud is up: . ./${FILE}\n`);
  // Something must keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  await stopped;
  clearInterval(alive);
  rmSync(FILE, { force: true });
  await end();
}

const missing = await whatIsMissing();
if (missing === undefined) await main();
else {
  process.stderr.write(`The cloud needs ${missing}.\n`);
  process.exitCode = 1;
}
