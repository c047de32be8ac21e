import { setTimeout as sleep } from 'node:timers/promises';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import type { SimulatedPartition } from '../../../src/simulator/index.ts';
import { afterThisTest, onlySystem } from '../../helpers/console.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { Prometheus } from '../../receivers/peers/prometheus.ts';
import { Delivery, MINUTE } from '../delivery.ts';
import { startSecondGnocchi } from '../services/gnocchi.ts';
import { serviceAuthConfig } from '../services/service-account.ts';
import { brokerUrl, type CloudSettings, keystoneUrl, novaUrl } from '../services/settings.ts';
import { createActor, idOf, type ListedInstance, listInstances } from './actor.ts';
import { type Actor, type CloudEvent, HOUR, INITIAL, numberOf } from './hour.ts';
import { NovaProxy } from './nova-proxy.ts';

const SECOND = 1_000;
export const BLOCK = 5 * MINUTE;
/**
 * Of the simulated time. The product asks Nova now and every five minutes: in the midst of each block, some seconds before
 * the next sample is fetched.
 */
const START = Date.parse('2026-03-04T12:03:30Z');
/** Of the hour. */
export const FIRST_BLOCK = Math.ceil(START / BLOCK) * BLOCK;
/** After the beginning of a block: everything of the block before has been sent then, also what stopped. */
const EVENTS_AFTER = 165 * SECOND;
/** Milliseconds of real time in which something should be delivered, and in which it must be. */
const DELIVERY_PAUSE = 10 * SECOND;
const DELIVERY_TIMEOUT = 5 * MINUTE;

/** What Nova says, from when on the product has known it. */
interface NovaState {
  readonly since: number;
  /** By id of the partition. */
  readonly instances: ReadonlyMap<string, ListedInstance>;
}

/** The product between a simulated NovaLink with the real Nova and three stores: one Gnocchi by the bus, one directly, Prometheus. */
export class ThreeStores {
  readonly delivery: Delivery;
  readonly prometheus: Prometheus;
  /** Address of the Gnocchi to which the product writes by itself. */
  readonly direct: string;
  readonly log: RecordedLog;
  readonly #actor: Actor;
  readonly #proxy: NovaProxy;
  readonly #states: NovaState[] = [];

  private constructor(
    parts: Pick<ThreeStores, 'delivery' | 'prometheus' | 'direct' | 'log'>,
    actor: Actor,
    proxy: NovaProxy,
  ) {
    this.delivery = parts.delivery;
    this.prometheus = parts.prometheus;
    this.direct = parts.direct;
    this.log = parts.log;
    this.#actor = actor;
    this.#proxy = proxy;
  }

  static async start(settings: CloudSettings): Promise<ThreeStores> {
    const prometheus = await Prometheus.start('/usr/bin/prometheus', '', ['--web.enable-remote-write-receiver']);
    const second = await startSecondGnocchi(settings);
    afterThisTest(second.stop);
    const log = new RecordedLog();
    let made: { readonly actor: Actor; readonly proxy: NovaProxy } | undefined;
    const delivery = await Delivery.withConfig(
      { console: 'novalink', lpars: 13, seed: 'stores', scenario: { events: consoleEvents() } },
      async ({ simulator, clock }) => {
        const proxy = await NovaProxy.before(novaUrl(settings));
        made = { proxy, actor: await createActor(settings, onlySystem(simulator).partitions) };
        await made.actor.create(...INITIAL.instances);
        const off = idOf(onlySystem(simulator).partitions, INITIAL.off);
        await made.actor.nova.act(off, 'os-stop');
        await made.actor.nova.until(off, 'SHUTOFF');
        const { url, username, password } = simulator;
        const config = parseConfig(
          `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
extensions:
  openstack:
    auth: ${serviceAuthConfig(keystoneUrl(settings))}
    endpoints: { compute: '${proxy.url}/v2.1' }
exporters:
  ceilometer/notifier: { publishers: ['notifier://'], transport_url: '${brokerUrl(settings)}' }
  ceilometer/direct: { publishers: ['gnocchi://?endpoint=${second.url}&timeout=300'] }
  prometheus_remote_write: { endpoint: '${prometheus.url}/api/v1/write', format: ceilometer, timeout: 5m }
service:
  extensions: [openstack]
  pipelines:
    metrics: { receivers: [powervm], exporters: [ceilometer/notifier, ceilometer/direct, prometheus_remote_write] }`,
          'test.yaml',
          { environment: {}, readFile: () => '' },
        );
        return Collector.create(config, { clock, logger: log });
      },
      START,
    );
    afterThisTest(() => delivery.collector.stop());
    if (!made) throw new Error('the collector was made without a cloud');
    const stores = new ThreeStores({ delivery, prometheus, direct: second.url, log }, made.actor, made.proxy);
    stores.#states.push({ since: Number.NEGATIVE_INFINITY, instances: await stores.listed() });
    return stores;
  }

  get partitions(): readonly SimulatedPartition[] {
    return onlySystem(this.delivery.time.simulator).partitions;
  }

  /** Lets time pass until the events of a block are due; what was collected until then has been delivered. */
  passToEvents(block: number): Promise<void> {
    return this.#passTo(FIRST_BLOCK + block * BLOCK + EVENTS_AFTER);
  }

  /** What is done while the simulated time stands still; then it goes on until the product has asked Nova again. */
  async play(events: readonly CloudEvent[]): Promise<void> {
    const asked = this.delivery.time.clock.now();
    await Promise.all(events.map(({ of, act }) => act(this.#actor, idOf(this.partitions, of))));
    const instances = await this.listed();
    while (this.#askedNovaAt() <= asked) await this.#passTo(this.delivery.time.clock.now() + SECOND);
    this.#states.push({ since: this.#askedNovaAt(), instances });
  }

  /** How Nova knew a partition at a time, as the product could know it. */
  instanceOf = ({ id }: Pick<SimulatedPartition, 'id'>, at: number): ListedInstance | undefined => {
    if (this.#states.some(({ since }) => since === at)) throw new Error('a document came while Nova was asked');
    return this.#states.findLast(({ since }) => since < at)?.instances.get(id);
  };

  /** The instances of this frame as Nova lists them now, by id of the partition. */
  listed(): Promise<ReadonlyMap<string, ListedInstance>> {
    return listInstances(this.#actor.nova, this.partitions);
  }

  /** When the product last read all of what Nova says, milliseconds since 1970. */
  #askedNovaAt(): number {
    const [statistics] = this.delivery.collector.statistics().values();
    const age = statistics?.clouds?.[0]?.age;
    return age === undefined ? Number.NEGATIVE_INFINITY : Math.round(this.delivery.time.clock.now() - age * SECOND);
  }

  /** Lets time pass, if it is not that late already. */
  async #passTo(time: number): Promise<void> {
    const { clock } = this.delivery.time;
    await this.#advance(Math.max(0, time - clock.now()));
    await this.#isDelivered();
  }

  #advance(milliseconds: number): Promise<void> {
    const { clock, settle } = this.delivery.time;
    return clock.advance(milliseconds, async () => {
      await settle();
      await this.#proxy.settle();
    });
  }

  /**
   * Waits until the product has nothing under way: which instance a sample is of is decided when its turn comes. What a
   * busy machine did not take is tried again after some of the simulated time.
   */
  async #isDelivered(): Promise<void> {
    const waiting = () =>
      [...this.delivery.collector.statistics().values()].flatMap(({ exporters = [] }) =>
        exporters.filter(({ queueSize }) => queueSize > 0),
      );
    const began = Date.now();
    for (let pauses = 1; waiting().length > 0; await sleep(10)) {
      const waited = Date.now() - began;
      if (waited < pauses * DELIVERY_PAUSE) continue;
      if (waited > DELIVERY_TIMEOUT) {
        throw new Error(`not delivered: ${JSON.stringify({ waiting: waiting(), said: this.log.at('warn') })}`);
      }
      pauses += 1;
      await this.#advance(5 * SECOND);
    }
  }
}

/** What the partitions do at the times of the events, after the start. */
function consoleEvents() {
  return HOUR.flatMap((events, block) => {
    const at = (FIRST_BLOCK + block * BLOCK + EVENTS_AFTER - START) / SECOND;
    return events.flatMap((event) => {
      const happening = event.console?.(numberOf(event.of));
      return happening ? [{ at, ...happening }] : [];
    });
  });
}
