import { readFile } from 'node:fs/promises';
import type { CeilometerSample } from '../../../src/ceilometer/index.ts';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import { PASSWORD } from './keystone.ts';
import { listPartitions, startCloud } from './start-cloud.ts';

/**
 * A collector of a simulated console whose partitions are all instances of a cloud, by that console's clock. Not started.
 * @param exporters their configuration, in YAML, by id
 * @param discovery keys of `nova`, in YAML
 */
export async function collectorInCloud(
  { clock, simulator, pass: passTime }: SimulatedTime,
  exporters: Readonly<Record<string, string>>,
  discovery = '{}',
) {
  const { keystone, nova } = await startCloud();
  listPartitions(nova, simulator);
  const { url, username, password } = simulator;
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
extensions:
  openstack:
    auth: { auth_url: '${keystone.server.url}', username: ceilometer, password: '${PASSWORD}', project_name: service }
    nova: ${discovery}
exporters:
${Object.entries(exporters)
  .map(([id, keys]) => `  ${id}: ${keys}`)
  .join('\n')}
service:
  extensions: [openstack]
  pipelines: { metrics: { receivers: [powervm], exporters: [${Object.keys(exporters).join(', ')}] } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  /** Half minutes, by Nova's clock as well; requests to others than the console get a moment of real time for each. */
  const pass = async (halfMinutes: number) => {
    for (let step = 0; step < halfMinutes; step += 1) {
      nova.now += 30;
      await passTime(30_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { collector: await Collector.create(config, { clock }), nova, pass };
}

/** What a publisher has written to a file, one sample a line. */
export async function samplesIn(file: string): Promise<readonly CeilometerSample[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as CeilometerSample);
}
