import { glanceService, prepareGlance } from './glance.ts';
import { gnocchiServices, prepareGnocchi } from './gnocchi.ts';
import { fillKeystone, keystoneService, prepareKeystone } from './keystone.ts';
import { notificationAgentService, prepareNotificationAgent } from './notification-agent.ts';
import { discoverHosts, novaServices, prepareNova } from './nova.ts';
import { placementService, preparePlacement } from './placement.ts';
import { createDatabase, postgresqlService, preparePostgresql } from './postgresql.ts';
import { RabbitMq } from './rabbitmq.ts';
import type { CloudSettings } from './settings.ts';

const DATABASES = ['gnocchi', 'keystone', 'placement', 'glance', 'nova_api', 'nova', 'nova_cell0'];

/** Does a step of the way up and tells how long it took. */
export type Step = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** The real services on loopback. Made from plain settings, so that any process of a run has a handle on them. */
export class Cloud {
  readonly settings: CloudSettings;
  readonly rabbitmq: RabbitMq;
  readonly gnocchi: ReturnType<typeof gnocchiServices>;
  readonly notificationAgent;

  constructor(settings: CloudSettings) {
    this.settings = settings;
    this.rabbitmq = new RabbitMq(settings);
    this.gnocchi = gnocchiServices(settings);
    this.notificationAgent = notificationAgentService(settings);
  }

  /** Configures and starts everything; what does not need each other, at the same time. */
  async start(step: Step): Promise<void> {
    const { settings, gnocchi } = this;
    const keystone = keystoneService(settings);
    const database = async () => {
      await preparePostgresql(settings);
      await postgresqlService(settings).start();
      for (const name of DATABASES) await createDatabase(settings, name);
    };
    const identity = async () => {
      await prepareKeystone(settings);
      await keystone.start();
      await fillKeystone(settings);
    };
    await step('PostgreSQL', database);
    await Promise.all([
      step('Keystone', identity),
      step('index of Gnocchi', () => prepareGnocchi(settings)).then(() => step('RabbitMQ', () => this.startBroker())),
      ...this.prepareCompute(step),
    ]);
    await Promise.all([
      step('Placement, Glance and Nova', () => this.startCompute()),
      step('Gnocchi', () => Promise.all(Object.values(gnocchi).map((service) => service.start())))
        .then(() => step('resource types of Ceilometer', () => prepareNotificationAgent(settings)))
        .then(() => step('Ceilometer notification agent', () => this.notificationAgent.start())),
    ]);
  }

  prepareCompute(step: Step): readonly Promise<void>[] {
    const { settings } = this;
    return [
      step('database of Nova', () => prepareNova(settings)),
      step('databases of Placement and Glance', () => preparePlacement(settings).then(() => prepareGlance(settings))),
    ];
  }

  async startCompute(): Promise<void> {
    const { settings } = this;
    const { network, api, conductor, scheduler, computes } = novaServices(settings);
    const [placement, glance] = [placementService(settings), glanceService(settings)];
    await Promise.all([placement, network].map((service) => service.start()));
    await Promise.all([glance, conductor, api].map((service) => service.start()));
    await Promise.all([scheduler, ...computes].map((service) => service.start(300))).catch((error: unknown) => {
      // They work through it.
      throw new Error(`Nova's conductor logged:\n${conductor.logTail()}`, { cause: error });
    });
    await discoverHosts(settings);
  }

  async startBroker(): Promise<void> {
    await this.rabbitmq.prepare();
    await this.rabbitmq.portMapper.start();
    await this.rabbitmq.server.start();
  }
}
