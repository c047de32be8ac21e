import { spawnSync } from 'node:child_process';
import { createServer, get, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { PrometheusPage } from '../../src/prometheus/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { readSimulator } from '../helpers/reading.ts';
import { counter, gauge, resourceMetrics } from '../helpers/resource-metrics.ts';

const START = Date.parse('2026-03-04T12:00:00Z');
const partition = (name: string, system: string) => ({
  'powervm.lpar.id': 'aaaa',
  'powervm.lpar.name': name,
  'powervm.lpar.sharing_mode': 'uncap',
  'powervm.system.id': system,
  site: 'ams',
});

async function startPage() {
  const clock = new ManualClock(START);
  const page = new PrometheusPage({ clock });
  const server = createServer((request, response) => page.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (headers: Record<string, string>) =>
    new Promise<{ headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, path: '/metrics', headers }, (response) => {
        buffer(response).then((body) => resolve({ headers: response.headers, body }), reject);
      });
      request.on('error', reject);
    });
  const scrape = async () => (await ask({})).body.toString();
  return { clock, page, scrape, ask };
}

describe('a scrape', () => {
  test('shows the newest point of every series, without a time, with the labels of its entity', async () => {
    const { page, scrape } = await startPage();
    const points = (value: number, time: number) => [
      resourceMetrics(partition('db1', 's1'), [
        counter('powervm.lpar.network.io', [
          { time, value, attributes: { 'network.io.direction': 'receive' } },
          { time, value: value + 1, attributes: { 'network.io.direction': 'transmit' } },
        ]),
      ]),
    ];
    page.add(points(10, START));
    page.add(points(30, START + 60_000));
    // What comes late is older than what is shown.
    page.add(points(20, START + 30_000));
    const lines = (await scrape()).split('\n').filter((line) => line.startsWith('powervm_lpar_network_io_total'));
    const labels = 'powervm_lpar_id="aaaa",powervm_lpar_name="db1",powervm_system_id="s1",site="ams"';
    expect(lines).toEqual([
      `powervm_lpar_network_io_total{${labels},network_io_direction="receive"} 30`,
      `powervm_lpar_network_io_total{${labels},network_io_direction="transmit"} 31`,
    ]);
  });

  test('shows a renamed or moved partition once, with its description on one series', async () => {
    const { page, scrape } = await startPage();
    page.add([resourceMetrics(partition('old', 's1'), [gauge('powervm.lpar.cpu.busy', [{ time: START, value: 1 }])])]);
    page.add([
      resourceMetrics(partition('new', 's2'), [gauge('powervm.lpar.cpu.busy', [{ time: START + 30_000, value: 2 }])]),
    ]);
    const text = await scrape();
    expect(text.match(/^powervm_lpar_cpu_busy\{.*$/gm)).toEqual([
      'powervm_lpar_cpu_busy{powervm_lpar_id="aaaa",powervm_lpar_name="new",powervm_system_id="s2",site="ams"} 2',
    ]);
    expect(text.match(/^powervm_lpar_info\{.*$/gm)).toEqual([
      expect.stringMatching(/powervm_lpar_name="new".*powervm_lpar_sharing_mode="uncap".* 1$/),
    ]);
  });

  test('does not show series without a point for four samples', async () => {
    const { clock, page, scrape } = await startPage();
    page.add([resourceMetrics(partition('db1', 's1'), [gauge('powervm.lpar.cpu.busy', [{ time: START, value: 1 }])])]);
    await clock.advance(119_000);
    expect(await scrape()).toContain('powervm_lpar_cpu_busy');
    await clock.advance(2_000);
    expect(await scrape()).not.toContain('powervm_lpar');
  });

  test('of a simulated frame has every series once', async () => {
    const { page, scrape } = await startPage();
    const { receiver } = await readSimulator();
    page.add(resourceMetricsOf(receiver.frames(), metricView({})));
    const series = (await scrape()).split('\n').flatMap((line) => (/^\w+\{.*\}/.exec(line) ?? []) as string[]);
    expect(series.length).toBeGreaterThan(300);
    expect(new Set(series).size).toBe(series.length);
  });
});

describe('what a scraper asks for', () => {
  /** What Prometheus sends. */
  const PROMETHEUS =
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

  async function simulatedPage() {
    const { page, ask } = await startPage();
    const { receiver } = await readSimulator();
    page.add(resourceMetricsOf(receiver.frames(), metricView({})));
    return ask;
  }

  test('gzip is sent to clients that accept it, with the same content', async () => {
    const ask = await simulatedPage();
    const plain = await ask({ 'accept-encoding': 'identity, gzip;q=0' });
    const packed = await ask({ 'accept-encoding': 'deflate, gzip' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept, Accept-Encoding' });
    expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
    expect(packed.body.length).toBeLessThan(plain.body.length / 4);
  });

  test('is what its content type says: text 0.0.4, and OpenMetrics for clients that prefer it', async () => {
    const ask = await simulatedPage();
    for (const accept of [undefined, 'text/plain', '*/*', 'application/openmetrics-text;q=0.2,text/plain;q=0.5']) {
      const { headers } = await ask(accept === undefined ? {} : { accept });
      expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    }
    for (const accept of [PROMETHEUS, 'application/openmetrics-text']) {
      const { headers, body } = await ask({ accept });
      expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
      const lines = body.toString().split('\n');
      expect(lines.slice(-2)).toEqual(['# EOF', '']);
      expect(lines.slice(0, -1)).not.toContain('');
      const described = lines.filter((line) => line.startsWith('# TYPE ') && line.endsWith(' counter'));
      expect(described.length).toBeGreaterThan(10);
      for (const line of described) {
        expect(line).not.toContain('_total');
        const [, , name] = line.split(' ');
        expect(lines.some((sample) => sample.startsWith(`${name}_total{`))).toBe(true);
      }
    }
  });

  test.skipIf(spawnSync('promtool', ['--version']).status !== 0)(
    'passes promtool check metrics (skipped without promtool)',
    async () => {
      const { body } = await (await simulatedPage())({});
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body });
      expect({ status, text: `${stdout}${stderr}` }).toEqual({ status: 0, text: '' });
    },
  );
});
