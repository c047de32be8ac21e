import { hostname } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../../base/clock/clock.ts';
import { ConfigurationError, describeError, ExportError } from '../../../base/errors/errors.ts';
import { FailureSeries } from '../../../base/errors/failure-series.ts';
import { tlsAgentOptions } from '../../../base/http/tls-options.ts';
import type { Logger } from '../../../base/logger.ts';
import { redactUrl } from '../../../base/secrets/secret.ts';
import { MeterMessageWriter } from '../../messages/meter-message.ts';
import { type NotificationForm, notificationBody, pipelineForm, pollingForm } from '../../messages/notification.ts';
import { MessageSigner } from '../../messages/signature.ts';
import type { CeilometerSample } from '../../samples/sample.ts';
import { DeliveryQueue, type UndeliveredItems } from '../delivery-queue.ts';
import type { Publisher, PublisherContext } from '../publisher.ts';
import { UrlOptions } from '../url-options.ts';
import { BacklogPacing } from './backlog-pacing.ts';
import { BrokerConnection, type Topology } from './broker-connection.ts';
import { parseTransportUrl, type Transport } from './transport-url.ts';

/** Samples of one message. */
interface MessageBatch {
  readonly form: NotificationForm;
  readonly samples: readonly CeilometerSample[];
}

/** Messages that wait for their confirmation at the same time. */
const WINDOW = 32;
/** The topic of what polling agents send to notification agents. */
const POLLING_TOPIC = 'notifications';

/**
 * `notifier://[user:password@host:port/vhost]?topic=notifications&policy=default`: notifications over RabbitMQ. By
 * default what a polling agent sends to the notification agent, so that the pipeline of the site does the rest; with
 * another topic what Ceilometer's own notifier publisher sends (docs/reference/openstack-formats.md#publishers).
 *
 * `policy=default` keeps samples and tries until the broker takes them, `drop` tries once, `queue` keeps
 * `max_queue_length` messages and drops the oldest. `per_meter_topic=1` sends a copy for every meter as well.
 */
export class NotifierPublisher implements Publisher {
  readonly name: string;
  readonly #transport: Transport;
  readonly #tls: ConnectionOptions | undefined;
  readonly #heartbeat: number;
  readonly #topology: Topology;
  readonly #batchSize: number;
  readonly #isPerMeter: boolean;
  readonly #form: NotificationForm;
  readonly #policy: 'default' | 'drop' | 'queue';
  readonly #queue: DeliveryQueue<MessageBatch>;
  readonly #writer: MeterMessageWriter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** What is left to send of samples that a try has sent a part of. */
  readonly #rest = new WeakMap<readonly CeilometerSample[], readonly MessageBatch[]>();
  readonly #pacing: BacklogPacing;
  #connection: BrokerConnection | undefined;
  #nextHost = 0;
  readonly #failures: FailureSeries;
  #isClosed = false;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` */
  constructor(url: URL, { messaging, telemetrySecret, clock, logger }: PublisherContext) {
    const options = new UrlOptions(url);
    const topic = options.text('topic') ?? POLLING_TOPIC;
    this.name = redactUrl(url.href);
    this.#transport = transportOf(url, messaging.transportUrl?.reveal());
    this.#tls = messaging.tls && { ...tlsAgentOptions(messaging.tls) };
    this.#heartbeat = messaging.heartbeat ?? 60;
    this.#topology = {
      exchange: messaging.controlExchange ?? 'ceilometer',
      queue: `${topic}.sample`,
      durable: messaging.durableQueues ?? false,
      quorum: messaging.quorumQueue ?? false,
    };
    this.#batchSize = Math.max(messaging.batchSize ?? 50, 1);
    this.#form = topic === POLLING_TOPIC ? pollingForm : pipelineForm(hostname());
    this.#isPerMeter = options.flag('per_meter_topic', false);
    if (this.#isPerMeter && this.#form.isPolling) {
      throw options.invalid('per_meter_topic', 'needs a topic such as metering: polling agents have no such copies');
    }
    this.#policy = options.choice('policy', ['default', 'drop', 'queue'], 'default');
    this.#queue = new DeliveryQueue({
      name: this.name,
      limit: options.number('max_queue_length', 1024, 1),
      send: (batches) => this.#sendAll(batches),
      clock,
      logger,
    });
    this.#writer = new MeterMessageWriter(new MessageSigner(telemetrySecret));
    this.#pacing = new BacklogPacing(clock, async () => this.#connection?.depthOf(this.#topology.queue));
    this.#clock = clock;
    this.#failures = new FailureSeries(clock);
    this.#logger = logger;
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    if (samples.length === 0) return;
    if (this.#policy === 'queue') return this.#queue.add(this.#batchesOf(samples));
    const earlierRest = this.#rest.get(samples);
    if (!earlierRest) await this.#pacing.beforeSending(samples);
    const rest = await this.#sendAll(earlierRest ?? this.#batchesOf(samples));
    this.#pacing.sent();
    this.#rest.delete(samples);
    if (!rest) return this.#recordSuccess();
    if (this.#policy === 'drop') return this.#countDropped(rest.items, rest.error);
    this.#rest.set(samples, rest.items);
    throw rest.error;
  }

  /** Every host, since each may be the one that is left. Exchange and queue are looked for, not made. */
  async probe(): Promise<string> {
    const { hosts, virtualHost } = this.#transport;
    const { exchange, queue, durable, quorum } = this.#topology;
    const seen: string[] = [];
    for (const host of hosts) {
      const connection = await BrokerConnection.open({
        host,
        virtualHost,
        tls: this.#tls,
        heartbeat: this.#heartbeat,
        waitsForConfirms: false,
        logger: this.#logger,
      });
      try {
        const { hasExchange, hasQueue } = await connection.look(this.#topology);
        const kind = `${quorum ? 'quorum' : 'classic'}, ${durable ? 'durable' : 'not durable'}`;
        const state = (isThere: boolean) => (isThere ? 'is there' : `is made with the first samples (${kind})`);
        seen.push(
          `${connection.name} lets us in; exchange ${exchange} ${state(hasExchange)}, queue ${queue} ${state(hasQueue)}`,
        );
      } finally {
        await connection.close();
      }
    }
    return seen.join('; ');
  }

  async close(): Promise<void> {
    await this.#queue.end();
    this.#isClosed = true;
    await this.#connection?.close();
  }

  #batchesOf(samples: readonly CeilometerSample[]): readonly MessageBatch[] {
    const batches = this.#cut(samples, this.#form);
    if (!this.#isPerMeter) return batches;
    const byMeter = new Map<string, CeilometerSample[]>();
    for (const sample of samples) {
      const ofMeter = byMeter.get(sample.name);
      if (ofMeter) ofMeter.push(sample);
      else byMeter.set(sample.name, [sample]);
    }
    const copies = [...byMeter].flatMap(([meter, ofMeter]) =>
      this.#cut(ofMeter, { ...this.#form, eventType: `${this.#form.eventType}.${meter}` }),
    );
    return [...batches, ...copies];
  }

  #cut(samples: readonly CeilometerSample[], form: NotificationForm): MessageBatch[] {
    const batches: MessageBatch[] = [];
    for (let from = 0; from < samples.length; from += this.#batchSize) {
      batches.push({ form, samples: samples.slice(from, from + this.#batchSize) });
    }
    return batches;
  }

  /** @returns what was not confirmed, and why; `undefined` when all was */
  async #sendAll(batches: readonly MessageBatch[]): Promise<UndeliveredItems<MessageBatch> | undefined> {
    for (let from = 0; from < batches.length; from += WINDOW) {
      const window = batches.slice(from, from + WINDOW);
      const unsent = await this.#sendWindow(window);
      if (unsent) return { items: [...unsent.items, ...batches.slice(from + WINDOW)], error: unsent.error };
    }
    return undefined;
  }

  async #sendWindow(window: readonly MessageBatch[]): Promise<UndeliveredItems<MessageBatch> | undefined> {
    let connection: BrokerConnection;
    try {
      connection = await this.#connected();
    } catch (error) {
      return { items: window, error: asExportError(error) };
    }
    const results = await Promise.allSettled(window.map((batch) => connection.send(this.#topology, this.#body(batch))));
    const items = window.filter((_, index) => results[index]?.status === 'rejected');
    const failed = results.find((result) => result.status === 'rejected');
    return failed && { items, error: asExportError(failed.reason) };
  }

  /** Made for every try: the id of a message must never come twice. */
  #body({ samples, form }: MessageBatch): Buffer {
    const messages = samples.map((sample) => this.#writer.write(sample));
    return notificationBody(messages, form, this.#clock.now());
  }

  /** The connection that works, or one to the first host that answers. */
  async #connected(): Promise<BrokerConnection> {
    if (this.#connection?.isUsable) {
      await this.#connection.prepare(this.#topology);
      return this.#connection;
    }
    let problem: unknown;
    for (let tried = 0; tried < this.#transport.hosts.length; tried += 1) {
      try {
        return await this.#connect();
      } catch (error) {
        problem = error;
        this.#nextHost += 1;
      }
    }
    throw problem;
  }

  async #connect(): Promise<BrokerConnection> {
    const { hosts, virtualHost } = this.#transport;
    const host = hosts[this.#nextHost % hosts.length];
    if (this.#isClosed || !host) throw new ExportError('POWERVM_SHUT_DOWN', `${this.name}: the publisher is closed`);
    const connection = await BrokerConnection.open({
      host,
      virtualHost,
      tls: this.#tls,
      heartbeat: this.#heartbeat,
      waitsForConfirms: this.#policy !== 'drop',
      logger: this.#logger,
    });
    this.#connection = connection;
    if (this.#isClosed) await connection.close();
    try {
      await connection.prepare(this.#topology);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  #recordSuccess(): void {
    const ended = this.#failures.ended();
    if (ended) this.#logger.info({ publisher: this.name, ...ended }, 'the message broker takes samples again');
  }

  /** At once, and now and then that it lasts. */
  #countDropped(batches: readonly MessageBatch[], error: ExportError): void {
    const samples = batches.reduce((sum, batch) => sum + batch.samples.length, 0);
    const fields = { publisher: this.name, samples, code: error.code, reason: describeError(error) };
    const repeated = this.#failures.failed(error.code);
    if (!repeated) this.#logger.debug(fields, 'samples dropped');
    else {
      this.#logger.error(
        { ...fields, ...repeated },
        'not delivered; samples are dropped until the broker is back (policy=drop)',
      );
    }
  }
}

function transportOf(url: URL, transportUrl: string | undefined): Transport {
  if (url.host !== '') return parseTransportUrl(url.href.replace(/^notifier:/, 'rabbit:'));
  if (transportUrl !== undefined) return parseTransportUrl(transportUrl);
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    "publisher 'notifier://': it needs a transport_url, such as rabbit://user:password@host/",
  );
}

function asExportError(error: unknown): ExportError {
  return error instanceof ExportError
    ? error
    : new ExportError('POWERVM_EXPORT_FAILED', describeError(error), { cause: error });
}
