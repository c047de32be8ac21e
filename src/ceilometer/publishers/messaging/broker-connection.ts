import type { ConnectionOptions } from 'node:tls';
import type { Channel, ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { describeError, type ExportError } from '../../../base/errors/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { QueueDepth } from './backlog-pacing.ts';
import { ACCESS_REFUSED, amqpCode, failure, handshakeProblem, NOT_FOUND, topologyProblem } from './broker-errors.ts';
import type { BrokerHost } from './transport-url.ts';

export interface BrokerConnectionOptions {
  readonly host: BrokerHost;
  readonly virtualHost: string;
  /** Node's words; `undefined` is clear text. */
  readonly tls: ConnectionOptions | undefined;
  /** Seconds; 0 for none. */
  readonly heartbeat: number;
  /** Whether messages wait while the broker takes none because it is short of memory or disk. */
  readonly waitsForConfirms: boolean;
  readonly logger: Logger;
}

/** Where messages go, and how it is made where it is not there. */
export interface Topology {
  readonly exchange: string;
  /** Name of the queue and key of its binding. */
  readonly queue: string;
  readonly durable: boolean;
  readonly quorum: boolean;
}

interface InFlight {
  readonly body: Buffer;
  isReturned: boolean;
  /** With what went wrong, if anything did. The first time counts. */
  readonly settle: (problem?: ExportError) => void;
}

/** Sockets live in real time, milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const CONFIRM_TIMEOUT = 60_000;
const CLOSE_TIMEOUT = 2_000;
const DEPTH_TIMEOUT = 2_000;

/**
 * A connection to one broker, with a channel on which every message is confirmed. It breaks once; make another then.
 */
export class BrokerConnection {
  readonly name: string;
  readonly #connection: ChannelModel;
  readonly #waitsForConfirms: boolean;
  readonly #logger: Logger;
  readonly #inFlight = new Set<InFlight>();
  readonly #prepared = new Set<string>();
  #channel: Promise<ConfirmChannel> | undefined;
  #end: string | undefined;
  #blocked: string | undefined;
  #closing: Promise<void> | undefined;

  private constructor(connection: ChannelModel, name: string, { waitsForConfirms, logger }: BrokerConnectionOptions) {
    this.name = name;
    this.#connection = connection;
    this.#waitsForConfirms = waitsForConfirms;
    this.#logger = logger;
    connection.on('error', (error) => this.#break(describeError(error)));
    connection.on('close', (error) => this.#break(error ? describeError(error) : 'the broker closed the connection'));
    connection.on('blocked', (reason) => this.#handleBlocked(reason));
    connection.on('unblocked', () => this.#handleUnblocked());
  }

  /** @throws {ExportError} `POWERVM_EXPORT_FAILED` with the reason in words */
  static async open(options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { host, virtualHost, tls, heartbeat } = options;
    const port = host.port ?? (tls ? 5671 : 5672);
    const name = `${host.host}:${port}`;
    // Loaded by those who have a broker.
    const { connect } = await import('amqplib');
    try {
      const connection = await connect(
        {
          protocol: tls ? 'amqps' : 'amqp',
          hostname: host.host,
          port,
          username: host.username,
          password: host.password.reveal(),
          vhost: encodeURIComponent(virtualHost),
          heartbeat,
        },
        { ...tls, timeout: CONNECT_TIMEOUT, noDelay: true, clientProperties: { connection_name: 'otel-powervm' } },
      );
      return new BrokerConnection(connection, name, options);
    } catch (error) {
      throw failure(name, handshakeProblem(error, host.username, virtualHost), error);
    }
  }

  get isUsable(): boolean {
    return this.#end === undefined;
  }

  /**
   * Ensures that a queue exists that keeps messages until they are consumed. What is there is used as it is:
   * declaring it with other properties would close the channel (docs/reference/openstack-formats.md#message-queue).
   */
  async prepare(topology: Topology): Promise<void> {
    const { exchange, queue } = topology;
    if (this.#prepared.has(queue)) return;
    try {
      const durable = topology.durable || topology.quorum;
      const hasExchange = await this.#attempt((channel) => channel.checkExchange(exchange));
      if (!hasExchange) {
        await this.#onChannel((channel) => channel.assertExchange(exchange, 'topic', { durable, autoDelete: false }));
      }
      const hasQueue = await this.#attempt((channel) => channel.checkQueue(queue));
      if (!hasQueue) {
        const kind = topology.quorum ? { arguments: { 'x-queue-type': 'quorum' } } : {};
        await this.#onChannel((channel) => channel.assertQueue(queue, { durable, autoDelete: false, ...kind }));
      }
      await this.#bind(topology);
    } catch (error) {
      throw failure(this.name, topologyProblem(error), error);
    }
    this.#prepared.add(queue);
  }

  /** What is there of a topology. Nothing is declared. */
  async look({ exchange, queue }: Topology): Promise<{ readonly hasExchange: boolean; readonly hasQueue: boolean }> {
    try {
      return {
        hasExchange: await this.#attempt((channel) => channel.checkExchange(exchange)),
        hasQueue: await this.#attempt((channel) => channel.checkQueue(queue)),
      };
    } catch (error) {
      throw failure(this.name, topologyProblem(error), error);
    }
  }

  /** How much of a queue waits, and for how many; `undefined` when the broker does not say, or not in time. */
  async depthOf(queue: string): Promise<QueueDepth | undefined> {
    let depth: QueueDepth | undefined;
    const read = async (channel: Channel) => {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      depth = { messages: messageCount, consumers: consumerCount };
    };
    // A broker in distress answers nothing on a connection that publishes.
    await within(DEPTH_TIMEOUT, this.#onChannel(read));
    return depth;
  }

  /**
   * Sends a message. Resolves when the broker has confirmed it.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when it was not taken or that is not known
   */
  async send({ exchange, queue }: Topology, body: Buffer): Promise<void> {
    const channel = await this.#confirmChannel();
    await new Promise<void>((resolve, reject) => {
      const timer = setInterval(() => {
        // A broker in distress says so, and takes what it was sent when the distress is over.
        if (this.#blocked === undefined) this.#break(`no confirmation within ${CONFIRM_TIMEOUT / 1000} s`);
      }, CONFIRM_TIMEOUT);
      const settle = (problem?: ExportError) => {
        clearInterval(timer);
        this.#inFlight.delete(message);
        if (problem) reject(problem);
        else resolve();
      };
      const message: InFlight = { body, isReturned: false, settle };
      this.#inFlight.add(message);
      const options = { contentType: 'application/json', contentEncoding: 'utf-8', persistent: true, priority: 0 };
      try {
        channel.publish(exchange, queue, body, { ...options, mandatory: true }, (error) => {
          if (error)
            settle(failure(this.name, `a message was not confirmed: ${this.#end ?? describeError(error)}`, error));
          else if (message.isReturned) settle(failure(this.name, this.#unroutable(exchange, queue)));
          else settle();
        });
      } catch (error) {
        settle(failure(this.name, describeError(error), error));
      }
    });
  }

  /** Running work fails. */
  async close(): Promise<void> {
    this.#break('the connection was closed here');
    await this.#closing;
  }

  #unroutable(exchange: string, queue: string): string {
    // The queue was there and is not any more: look again before the next message.
    this.#prepared.delete(queue);
    return `exchange ${exchange} leads to no queue for ${queue}; it is declared again with the next try`;
  }

  async #bind({ exchange, queue }: Topology): Promise<void> {
    try {
      await this.#onChannel((channel) => channel.bindQueue(queue, exchange, queue));
    } catch (error) {
      // An operator who forbids it has bound it; if not, the mandatory flag brings messages back.
      if (amqpCode(error) !== ACCESS_REFUSED) throw error;
    }
  }

  /** @returns whether it is there */
  async #attempt(check: (channel: Channel) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#onChannel(check);
      return true;
    } catch (error) {
      if (amqpCode(error) === NOT_FOUND) return false;
      throw error;
    }
  }

  /** On a channel of its own: a refusal closes it. */
  async #onChannel(work: (channel: Channel) => Promise<unknown>): Promise<void> {
    const channel = await this.#connection.createChannel();
    channel.on('error', () => undefined);
    await work(channel);
    await channel.close();
  }

  async #confirmChannel(): Promise<ConfirmChannel> {
    if (this.#end !== undefined) throw failure(this.name, this.#end);
    this.#channel ??= this.#openChannel();
    return this.#channel;
  }

  async #openChannel(): Promise<ConfirmChannel> {
    const channel = await this.#connection.createConfirmChannel().catch((error: unknown) => {
      throw failure(this.name, describeError(error), error);
    });
    channel.on('error', (error) => this.#break(describeError(error)));
    channel.on('close', () => this.#break('the broker closed the channel'));
    channel.on('return', (returned) => this.#handleReturned(returned));
    return channel;
  }

  /** A message that no queue took comes back before it is confirmed. */
  #handleReturned({ content }: Message): void {
    for (const message of this.#inFlight) if (message.body.equals(content)) message.isReturned = true;
  }

  #handleBlocked(reason: string): void {
    if (!this.#waitsForConfirms) {
      this.#break(`it takes nothing at present: ${reason}`);
      return;
    }
    this.#blocked = reason;
    this.#logger.warn(
      { broker: this.name, reason },
      'the message broker takes nothing at present (memory or disk alarm); samples wait until it does',
    );
  }

  #handleUnblocked(): void {
    this.#blocked = undefined;
    this.#logger.info({ broker: this.name }, 'the message broker takes messages again');
  }

  /** The first reason is the true one. */
  #break(reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#blocked = undefined;
    for (const message of this.#inFlight) message.settle(failure(this.name, reason));
    // A broken channel on a sound connection is of no use either.
    this.#closing = this.#closeConnection();
  }

  /** It may be closed already, and a broker that hangs does not answer. */
  #closeConnection(): Promise<void> {
    return within(CLOSE_TIMEOUT, this.#connection.close());
  }
}

/** Waits for work that may fail or hang, but no longer than so many milliseconds. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
