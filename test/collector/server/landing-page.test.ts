import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

/** As it is built, since the status page's script is. */
const { Collector, parseConfig }: typeof import('../../../src/collector/index.ts') = await import(
  new URL('../../../dist/collector/index.js', import.meta.url).href
);

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

interface Ports {
  readonly metrics: string;
  readonly health: string;
  readonly status: string;
}

async function startCollector(wildcard = '', keys = ''): Promise<Ports> {
  const time = await simulatedTime({ lpars: 2 });
  const [metrics, health, status] = [await freePort(), await freePort(), await freePort()];
  const { url, username, password } = time.simulator;
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { prometheus: { endpoint: '${wildcard === '' ? `127.0.0.1:${metrics}` : `${wildcard}:${metrics}`}'${wildcard === '' ? '' : ', auth: { token: a-planted-token-of-24 }'} } }
extensions:
  health_check: { endpoint: '127.0.0.1:${health}', ${keys} }
  status_page: { endpoint: '127.0.0.1:${status}' }
service: { extensions: [health_check, status_page], pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config, { clock: time.clock });
  await collector.start();
  afterThisTest(() => collector.stop());
  return { metrics: `127.0.0.1:${metrics}`, health: `127.0.0.1:${health}`, status: `127.0.0.1:${status}` };
}

const linksOf = (html: string) => [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);

test('a browser finds health, metrics and status at the port of each', async () => {
  const { metrics, health, status } = await startCollector();
  for (const port of [metrics, health]) {
    const reply = await fetch(`http://${port}/`, { headers: BROWSER });
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const links = linksOf(await reply.text());
    expect(links).toEqual(
      expect.arrayContaining([`http://${metrics}/metrics`, `http://${health}/?verbose`, `http://${status}/`]),
    );
    for (const link of links) expect((await fetch(link ?? '', { headers: BROWSER })).status, link).toBe(200);
  }
  // The status page has them in its report, and draws them itself.
  const report = (await (await fetch(`http://${status}/status.json`)).json()) as { links: { url: string }[] };
  expect(report.links.map(({ url }) => url)).toEqual(
    expect.arrayContaining([`http://${metrics}/metrics`, `http://${health}/?verbose`]),
  );
});

test('supervisors and `?verbose` continue getting JSON', async () => {
  const { health } = await startCollector();
  for (const [address, headers] of [
    ['', {}],
    ['', { accept: '*/*' }],
    ['?verbose', BROWSER],
  ] as const) {
    const reply = await fetch(`http://${health}/${address}`, { headers });
    expect(await reply.json()).toMatchObject({ status: 'StatusOK' });
  }
});

test('a health check with a path of its own leaves the landing page at /', async () => {
  const { health } = await startCollector('', 'path: /healthz');
  expect((await fetch(`http://${health}/`)).status).toBe(404);
  const reply = await fetch(`http://${health}/`, { headers: BROWSER });
  expect(linksOf(await reply.text())).toContain(`http://${health}/healthz?verbose`);
});

test('a server that listens everywhere is linked by the name that the browser came with, and asks for its token first', async () => {
  const { metrics } = await startCollector('0.0.0.0');
  const port = metrics.split(':')[1];
  const ask = (headers: Readonly<Record<string, string>>) =>
    new Promise<{ code: number | undefined; body: string }>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/', headers: { ...BROWSER, ...headers } }, async (reply) =>
        resolve({ code: reply.statusCode, body: await text(reply) }),
      ).once('error', reject);
    });
  expect((await ask({})).code).toBe(401);
  const { body } = await ask({ authorization: 'Bearer a-planted-token-of-24', host: `"><b>.example.com:${port}` });
  expect(body).not.toContain('<b>');
  const known = await ask({ authorization: 'Bearer a-planted-token-of-24', host: `power.example.com:${port}` });
  expect(linksOf(known.body)).toContain(`http://power.example.com:${port}/metrics`);
});
