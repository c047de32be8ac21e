import { expect, test } from 'vitest';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { LoopbackServer } from '../helpers/cloud/loopback-server.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';

/**
 * A collector that was stopped while an extension was still starting started the rest afterwards: it continued to
 * poll, with a session of its own, in a process that had said that it was stopped.
 */
test('a collector that is stopped while starting does not continue the start', async () => {
  const simulator = await startSimulator();
  const keystone = await new LoopbackServer(() => 'hang').start();
  afterThisTest(() => keystone.stop());
  const { url, username, password } = simulator;
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { debug: {} }
extensions:
  openstack: { auth: { auth_url: '${keystone.url}', username: u, password: p, project_name: service } }
service: { extensions: [openstack], pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config);
  const starting = collector.start();
  await expect.poll(() => keystone.requests.length).toBeGreaterThan(0);
  await collector.stop();
  await starting;
  expect(collector.isReady).toBe(false);
  expect(simulator.requests).toEqual([]);
});
