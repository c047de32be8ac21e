import { once } from 'node:events';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { meterMessage } from '../../messages/meter-message.ts';
import { MessageSigner } from '../../messages/signature.ts';
import type { CeilometerSample } from '../../samples/sample.ts';
import type { Publisher, PublisherContext } from '../publisher.ts';
import { type CollectorAddress, collectorAddress, unreachable } from './collector-address.ts';
import { packMessage } from './packed-message.ts';

/** Sockets live in real time, milliseconds. */
const TIMEOUT = 10_000;
/** Samples written to the socket at once. */
const WINDOW = 500;
const LENGTH_BYTES = 8;

/**
 * `tcp://host:4952`: each signed message as MessagePack, after its length in eight bytes, lowest first. The connection
 * is kept. There is no confirmation: data in a broken socket may be lost, or sent twice.
 */
export class TcpPublisher implements Publisher {
  readonly name: string;
  readonly #address: CollectorAddress;
  readonly #signer: MessageSigner;
  readonly #publisherId = hostname();
  /** Samples of a list that went out before its connection broke. */
  readonly #sent = new WeakMap<readonly CeilometerSample[], number>();
  #socket: Socket | undefined;

  constructor(url: URL, { telemetrySecret }: PublisherContext) {
    this.#address = collectorAddress(url);
    this.name = this.#address.name;
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
      throw unreachable(this.#address, error);
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
    const socket = process.getBuiltinModule('node:net').connect(this.#address.port, this.#address.host);
    this.#socket = socket;
    const timer = setTimeout(() => socket.destroy(timeOut()), TIMEOUT);
    try {
      await once(socket, 'connect');
    } finally {
      clearTimeout(timer);
    }
    // From here on writes report errors; a receiver that went away is noticed with the next one.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.resume();
    return socket;
  }
}

function timeOut(): Error {
  return Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
}
