import { Collector, parseConfig } from '../../../src/collector/index.ts';
import { NovaServer } from '../../helpers/cloud/nova.ts';
import { afterThisTest, onlySystem } from '../../helpers/console.ts';
import { type SimulatedTime, simulatedTime } from '../../helpers/simulated-time.ts';
import { Prometheus } from '../../receivers/peers/prometheus.ts';
import { KeystoneAdministrator } from '../services/keystone.ts';
import { freePort } from '../services/ports.ts';
import { serviceAuthConfig } from '../services/service-account.ts';
import { type CloudSettings, gnocchiUrl, keystoneUrl, PASSWORD } from '../services/settings.ts';
import { StampedPages } from './stamped-page.ts';

const BLOCK = 300_000;
const STEP = 30_000;
/** Prometheus takes no scrape that is older than an hour. */
const HEAD_START = 50 * 60_000;

export interface Tenant {
  readonly project: string;
  /** Of this project alone, in the role `reader`; also its name. */
  readonly user: string;
}

/** Of the flavor `p10.small`. */
export const VCPUS = 2;

export interface RunningInstance {
  readonly id: string;
  readonly name: string;
  readonly project: string;
}

/** The product between a simulated NovaLink and both stores: Gnocchi, and Debian's Prometheus that scrapes its pages. */
export class TwoStores {
  readonly time: SimulatedTime;
  readonly prometheus: Prometheus;
  readonly collector: Collector;
  readonly tenants: readonly [Tenant, Tenant];
  /** Every other one is the first tenant's. */
  readonly instances: readonly RunningInstance[];
  readonly #pages: StampedPages;

  private constructor(
    parts: Pick<TwoStores, 'time' | 'prometheus' | 'collector' | 'tenants' | 'instances'>,
    pages: StampedPages,
  ) {
    this.#pages = pages;
    this.time = parts.time;
    this.prometheus = parts.prometheus;
    this.collector = parts.collector;
    this.tenants = parts.tenants;
    this.instances = parts.instances;
  }

  /** @param seed of the simulated frame, and part of the names of the tenants */
  static async start(settings: CloudSettings, seed: string): Promise<TwoStores> {
    const start = Math.floor((Date.now() - HEAD_START) / BLOCK) * BLOCK + 10_000;
    const time = await simulatedTime({ console: 'novalink', lpars: 8, seed }, start);
    const tenants = [
      await createTenant(settings, `${seed}-shop`),
      await createTenant(settings, `${seed}-bank`),
    ] as const;
    const instances = onlySystem(time.simulator).partitions.map(({ id, name }, index) => ({
      // The one that Nova knows has the top bit, which PowerVM clears.
      id: (Number.parseInt(id.charAt(0), 16) | 8).toString(16) + id.slice(1).toLowerCase(),
      name,
      project: (tenants[index % 2] ?? tenants[0]).project,
    }));
    const nova = await startNova(instances);
    const [page, own] = [await freePort(), await freePort()];
    const { url, username, password } = time.simulator;
    const config = parseConfig(
      `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
extensions:
  openstack:
    auth: ${serviceAuthConfig(keystoneUrl(settings))}
    endpoints: { compute: '${nova}/v2.1', metric: '${gnocchiUrl(settings)}' }
exporters:
  prometheus: { endpoint: '127.0.0.1:${page}', format: ceilometer, metric_expiration: 5m }
  prometheus/own: { endpoint: '127.0.0.1:${own}', project_label: true }
  ceilometer: { publishers: ['gnocchi://'] }
service:
  extensions: [openstack]
  pipelines: { metrics: { receivers: [powervm], exporters: [prometheus, prometheus/own, ceilometer] } }`,
      'test.yaml',
      { environment: {}, readFile: () => '' },
    );
    const collector = await Collector.create(config, { clock: time.clock });
    await collector.start();
    afterThisTest(() => collector.stop());
    const pages = await StampedPages.before([page, own], time.clock);
    const job = (name: string, port: number) =>
      `  - { job_name: ${name}, metrics_path: /${port}, static_configs: [{ targets: ['${pages.address}'] }] }`;
    const prometheus = await Prometheus.start(
      '/usr/bin/prometheus',
      `global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs:\n${job('ceilometer', page)}\n${job('own', own)}`,
    );
    return new TwoStores({ time, prometheus, collector, tenants, instances }, pages);
  }

  /** Lets minutes pass; every half minute Prometheus has both pages before time goes on. */
  async pass(minutes: number): Promise<void> {
    for (let passed = 0; passed < minutes * 60_000; passed += STEP) {
      await this.time.pass(STEP);
      await this.#pages.show();
    }
  }
}

async function createTenant(settings: CloudSettings, name: string): Promise<Tenant> {
  const keystone = await KeystoneAdministrator.login(settings);
  const project = await keystone.create('project', 'projects', { name, domain_id: 'default' });
  const user = await keystone.create('user', 'users', { name, domain_id: 'default', password: PASSWORD });
  await keystone.call('PUT', `projects/${project}/users/${user}/roles/${await keystone.idOf('roles', 'reader')}`);
  return { project, user: name };
}

/** The autoscaling group of all instances of a project. */
export function groupOf(project: string): string {
  return `group-of-${project}`;
}

/** A Nova of the test's own, since a real one wants a hypervisor. */
async function startNova(instances: readonly RunningInstance[]): Promise<string> {
  const nova = new NovaServer({ refusalOf: () => undefined });
  nova.entries = instances.map((instance) => ({
    ...instance,
    // As Heat gives its autoscaling groups.
    metadata: { 'metering.server_group': groupOf(instance.project) },
    host: 'neo-1',
    flavor: 'p10.small',
    updated: nova.now,
  }));
  await nova.server.start();
  afterThisTest(() => nova.server.stop());
  return nova.server.url;
}
