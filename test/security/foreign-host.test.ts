import { expect, test } from 'vitest';
import { PowerVmConsole } from '../../src/rest/index.ts';
import { afterThisTest, connect, hurriedClock, onlySystem, startSimulator } from '../helpers/console.ts';
import { HOSTILE_TOKEN, startHostileConsole } from '../helpers/hostile-console.ts';

/** The session of a console is for that console. SECURITY.md counts on these tests. */

const SYSTEM = '95329c84-9a01-330f-809e-2e5577110d1e';

/** A server that must never hear anything. */
const startForeignHost = () => startHostileConsole((_request, response) => response.end('{}'));

test.each([
  ['an absolute link', (host: string) => `http://${host}/rest/api/pcm/a.json`],
  ['a link without scheme', (host: string) => `//${host}/rest/api/pcm/a.json`],
  ['a link with a user', (host: string) => `http://127.0.0.1@${host}/rest/api/pcm/a.json`],
  ['backslashes', (host: string) => `/\\${host}/rest/api/pcm/a.json`],
  ['a path that climbs', (host: string) => `/rest/../..//${host}/rest/a.json`],
  ['a path like an authority', (host: string) => `/rest/@${host}/a.json`],
  ['a line break and a header', (host: string) => `/rest/a.json&#13;&#10;Host: ${host}&#13;&#10;&#13;&#10;`],
  ['another scheme', (host: string) => `file://${host}/rest/a.json`],
])('a feed with %s does not lead to another host', async (_what, link) => {
  const foreign = await startForeignHost();
  const href = link(`127.0.0.1:${foreign.port}`);
  const feed = `<feed><entry><title>LTM_x_phyp_20260304T120000+0000.json</title><updated>2026-03-04T12:00:00Z</updated>
    <link type="application/vnd.ibm.powervm.pcm.json" href="${href}"/><category term="phyp"/></entry></feed>`;
  const console = await startHostileConsole((request, response) =>
    response.end(request.url?.includes('LongTermMonitor') ? feed : '{}'),
  );
  const client = new PowerVmConsole({ endpoint: console.url, username: 'u', password: 'p', clock: hurriedClock });
  afterThisTest(() => client.logoff());
  for (const entry of await client.longTermMonitorFeed(SYSTEM)) await client.pcmDocument(entry).catch(() => undefined);
  expect(foreign.received).toEqual([]);
  for (const { headers } of console.received) {
    expect(headers).toMatchObject({ host: `127.0.0.1:${console.port}`, 'x-api-session': HOSTILE_TOKEN });
  }
});

test.each([301, 302, 303, 307, 308])('a redirect (%d) to another host is not followed', async (status) => {
  const foreign = await startForeignHost();
  const console = await startHostileConsole((_request, response) => {
    response
      .writeHead(status, { location: `${foreign.url}/rest/api/uom/ManagedSystem`, refresh: `0; ${foreign.url}` })
      .end();
  });
  const client = new PowerVmConsole({ endpoint: console.url, username: 'u', password: 'p', clock: hurriedClock });
  afterThisTest(() => client.logoff());
  await expect(client.managedSystems()).rejects.toMatchObject({ code: expect.stringMatching(/^POWERVM_/) });
  expect(foreign.received).toEqual([]);
});

test('a redirect of the logon, which carries the password, is not followed', async () => {
  const foreign = await startForeignHost();
  const simulator = await startSimulator();
  simulator.intercept = () => ({ status: 307, headers: { location: `${foreign.url}/rest/api/web/Logon` }, body: '' });
  await expect(connect(simulator).managedSystems()).rejects.toMatchObject({ code: 'POWERVM_LOGON_FAILED' });
  expect(foreign.received).toEqual([]);
});

test('cookies are neither stored nor sent', async () => {
  const simulator = await startSimulator();
  const cookies: unknown[] = [];
  simulator.intercept = ({ headers }) => {
    cookies.push(headers.cookie);
    return { headers: { 'set-cookie': 'JSESSIONID=x; Domain=127.0.0.1' } };
  };
  const client = connect(simulator);
  await client.longTermMonitorFeed(onlySystem(simulator).id);
  await client.longTermMonitorFeed(onlySystem(simulator).id);
  expect(new Set(cookies)).toEqual(new Set([undefined]));
});
