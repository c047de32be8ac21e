import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { ExportError } from '../../base/errors.ts';
import { socketProblem } from '../../base/socket-problem.ts';
import { meterMessage } from '../meter-message.ts';
import type { CeilometerSample } from '../sample.ts';
import { MessageSigner } from '../signature.ts';
import { packMessage } from './packed-message.ts';
import type { Publisher, PublisherContext } from './publisher.ts';
import { DEFAULT_PORT } from './udp-publisher.ts';

/** Sockets live in real time, milliseconds. */
const TIMEOUT = 10_000;
/** Samples that are handed to the socket at once. */
const WINDOW = 500;
const LENGTH_BYTES = 8;

/**
 * `tcp://host:4952`: each signed message as MessagePack, after its length in eight bytes, lowest first. The connection is
 * kept. Nobody confirms: what lay in a socket that broke may be lost, or sent again.
 */
export class TcpPublisher implements Publisher {
  readonly name: string;
  readonly #host: string;
  readonly #port: number;
  readonly #signer: MessageSigner;
  readonly #publisherId = hostname();
  /** Samples of a list that went out before its connection broke. */
  readonly #sent = new WeakMap<readonly CeilometerSample[], number>();
  #socket: Socket | undefined;

  constructor(url: URL, { telemetrySecret }: PublisherContext) {
    this.#host = url.hostname.replace(/^\[|\]$/g, '');
    this.#port = url.port === '' ? DEFAULT_PORT : Number(url.port);
    this.name = `tcp://${url.hostname}:${this.#port}`;
    this.#signer = new MessageSigner(telemetrySecret);
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    try {
      let from = this.#sent.get(samples) ?? 0;
      while (from < samples.length) {
        await this.#write(samples.slice(from, from + WINDOW));
        from += WINDOW;
        this.#sent.set(samples, from);
      }
      this.#sent.delete(samples);
    } catch (error) {
      await this.close();
      throw new ExportError('POWERVM_EXPORT_FAILED', `${this.name}: ${socketProblem(error).reason}`, {
        cause: error,
        context: { publisher: this.name },
      });
    }
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #write(samples: readonly CeilometerSample[]): Promise<void> {
    const socket = await this.#connected();
    const frames = samples.flatMap((sample) => this.#frame(sample));
    await new Promise<void>((resolve, reject) => {
      socket.write(Buffer.concat(frames), (error) => (error ? reject(error) : resolve()));
    });
  }

  #frame(sample: CeilometerSample): readonly Uint8Array[] {
    const body = packMessage(meterMessage(sample, this.#signer, { publisher_id: this.#publisherId }));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeBigUInt64LE(BigInt(body.length));
    return [length, body];
  }

  async #connected(): Promise<Socket> {
    if (this.#socket?.writable) return this.#socket;
    await this.close();
    const socket = connect(this.#port, this.#host);
    this.#socket = socket;
    const timer = setTimeout(() => socket.destroy(timeOut()), TIMEOUT);
    try {
      await once(socket, 'connect');
    } finally {
      clearTimeout(timer);
    }
    // From here on writes tell what goes wrong; a receiver that went away shows with the next one.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.resume();
    return socket;
  }
}

function timeOut(): Error {
  return Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
}
