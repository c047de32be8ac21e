import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PowerVmSimulator } from '../../../src/simulator/index.ts';
import { offerUuids } from '../services/nova.ts';
import { isAnswering } from '../services/ports.ts';
import { Service } from '../services/service.ts';
import { serviceAuthConfig } from '../services/service-account.ts';
import { brokerUrl, type CloudSettings, keystoneUrl, TELEMETRY_SECRET } from '../services/settings.ts';

const ESTATE = { systems: 1, lpars: 40, seed: 'tempest' };

/** Each instance that Nova makes next runs as a partition. */
export async function offerPartitions(settings: CloudSettings): Promise<void> {
  const partitions = new PowerVmSimulator(ESTATE).systems.flatMap((system) => system.partitions);
  await offerUuids(settings, partitions);
}

/** Our collector as it is installed, in real time. */
export async function collectorService(settings: CloudSettings, pagePort: number): Promise<Service> {
  const { directory } = settings;
  const file = path.join(directory, 'collector.yaml');
  await writeFile(
    file,
    `receivers:
  powervm: { consoles: [{ simulator: { systems: ${ESTATE.systems}, lpars: ${ESTATE.lpars}, seed: ${ESTATE.seed}, guest_memory: true } }] }
extensions:
  health_check: { endpoint: '127.0.0.1:${pagePort}' }
  openstack:
    auth: ${serviceAuthConfig(keystoneUrl(settings))}
    nova: { interval: 15s }
exporters:
  ceilometer:
    publishers: ['notifier://']
    transport_url: '${brokerUrl(settings)}'
    telemetry_secret: ${TELEMETRY_SECRET}
    interval: 30s
service:
  extensions: [health_check, openstack]
  pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } }
`,
  );
  const program = path.join(import.meta.dirname, '../../../dist/cli/main.js');
  return new Service({
    name: 'collector',
    directory,
    command: [process.execPath, program, 'run', '--config', file],
    isReady: () => isAnswering(`http://127.0.0.1:${pagePort}/`),
  });
}
