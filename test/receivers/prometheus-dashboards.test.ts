import { expect, test } from 'vitest';
import { alerts } from '../../scripts/observability/alerts.ts';
import { dashboards } from '../../scripts/observability/dashboards.ts';
import { everywhere } from '../../scripts/observability/expression.ts';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';
import { buildPeer } from './peers/build-peer.ts';
import { Prometheus } from './peers/prometheus.ts';

/** As docs/otlp-backends.md advises. */
const promoted = [
  'powervm.system.id',
  'powervm.system.name',
  'powervm.lpar.id',
  'powervm.lpar.name',
  'powervm.lpar.type',
  'powervm.ssp.id',
  'powervm.ssp.name',
];

test('every query of the dashboards for OTLP gives something, and every rule can be evaluated', async () => {
  const { executable } = await buildPeer('prometheus');
  const otlp = `otlp: { promote_resource_attributes: [${promoted.join(', ')}] }`;
  const peer = await Prometheus.start(executable, otlp, ['--web.enable-otlp-receiver']);
  const time = await simulatedTime({ lpars: 8, vioses: 2, energy: true }, Date.now() - 600_000);
  const { url, username, password } = time.simulator;
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { otlp_http: { metrics_endpoint: '${peer.url}/api/v1/otlp/v1/metrics' } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config, { clock: time.clock });
  await collector.start();
  afterThisTest(() => collector.stop());
  for (let sample = 0; sample < 18; sample += 1) await time.pass(30_000);
  await collector.stop();
  const empty: string[] = [];
  for (const { id, panels } of dashboards) {
    for (const { title, queries } of panels) {
      for (const { expression } of queries) {
        const text = expression
          .in('otlp')
          .replaceAll(/\$(?:system|lpar|job|site)/g, '.*')
          .replaceAll('$__rate_interval', '2m');
        if ((await peer.evaluate(text, time.clock.now())).length === 0) empty.push(`${id}, ${title}: ${text}`);
      }
    }
  }
  expect(empty).toEqual([]);
  // An alert on a name that is not there would never fire.
  const counted = /gaps|send_failed|extension\.up/;
  const names = new Set(
    alerts.flatMap(({ when }) => [...when.text.matchAll(/«([^»]+)»/g)].map(([, name]) => name ?? '')),
  );
  for (const name of names) {
    if (counted.test(name)) continue;
    const series = await peer.evaluate(everywhere(name).in('otlp'), time.clock.now());
    expect(series.length, name).toBeGreaterThan(0);
  }
  for (const { name, when } of alerts)
    await expect(peer.evaluate(when.in('otlp'), time.clock.now()), name).resolves.toBeDefined();
});
