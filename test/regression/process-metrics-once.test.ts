import { expect, test } from 'vitest';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { PASSWORD } from '../helpers/cloud/keystone.ts';
import { startCloud } from '../helpers/cloud/start-cloud.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

// With two receivers the metrics of the process, an extension and an exporter came twice: sums over them were doubled.
test('metrics of the process, exporters and extensions are exported once, however many receivers there are', async () => {
  const time = await simulatedTime({ lpars: 2 });
  const { keystone } = await startCloud();
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const { url, username, password } = time.simulator;
  const console = `{ consoles: [{ endpoint: '${url}', username: ${username}, password: ${password} }] }`;
  const config = parseConfig(
    `
receivers: { powervm/one: ${console}, powervm/two: ${console} }
exporters:
  otlp_http: { endpoint: '${sink.url}' }
  ceilometer: { interval: 30s, publishers: ['file:///dev/null'] }
extensions:
  openstack: { auth: { auth_url: '${keystone.server.url}', username: ceilometer, password: '${PASSWORD}', project_name: service, user_domain_name: Default, project_domain_name: Default } }
service:
  extensions: [openstack]
  pipelines: { metrics: { receivers: [powervm/one, powervm/two], exporters: [otlp_http, ceilometer] } }`,
    'two.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config, { clock: time.clock });
  await collector.start();
  for (let step = 0; step < 4; step += 1) {
    await time.pass(30_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await collector.stop();

  const isOne = /^(otelcol_process_|otelcol_exporter_queue_|powervm\.(openstack|extension|exporter|ceilometer)\.)/;
  const points = sink.points.filter(({ metric }) => isOne.test(metric));
  expect([...new Set(points.map(({ metric }) => metric))].sort()).toEqual([
    'otelcol_exporter_queue_capacity',
    'otelcol_exporter_queue_size',
    'otelcol_process_cpu_seconds',
    'otelcol_process_memory_rss',
    'otelcol_process_uptime',
    'powervm.ceilometer.samples.undecided',
    'powervm.ceilometer.samples.without_instance',
    'powervm.exporter.up',
    'powervm.extension.up',
    'powervm.openstack.directory.age',
    'powervm.openstack.directory.instances',
  ]);
  expect(points.filter(({ resource }) => 'otelcol.component.id' in resource)).toEqual([]);
  // What each did for a receiver is reported each; the others come as often as one receiver reports.
  const sent = sink.points.filter(
    ({ metric, attributes }) => metric === 'otelcol_exporter_sent_metric_points' && attributes.exporter === 'otlp_http',
  );
  const reports = (id: string) => sent.filter(({ resource }) => resource['otelcol.component.id'] === id).length;
  expect(reports('powervm/two')).toBeGreaterThan(2);
  const series = points.map(({ metric, attributes }) => `${metric} ${JSON.stringify(attributes)}`);
  const tooOften = [...new Set(series)].filter(
    (one) => series.filter((other) => other === one).length > reports('powervm/one'),
  );
  expect(tooOften).toEqual([]);
});
