import type { Socket } from 'node:dgram';
import { hostname } from 'node:os';
import { meterMessage } from '../../messages/meter-message.ts';
import { MessageSigner } from '../../messages/signature.ts';
import type { CeilometerSample } from '../../samples/sample.ts';
import type { Publisher, PublisherContext } from '../publisher.ts';
import { type CollectorAddress, collectorAddress, unreachable } from './collector-address.ts';
import { packMessage } from './packed-message.ts';

/**
 * `udp://host:4952`: one signed message a datagram, MessagePack. There is no confirmation. It has the `publisher_id` that
 * Ceilometer's own publisher gives its TCP messages only, since sg-core drops a datagram without one.
 */
export class UdpPublisher implements Publisher {
  readonly name: string;
  readonly #address: CollectorAddress;
  readonly #signer: MessageSigner;
  readonly #publisherId = hostname();
  #socket: Socket | undefined;

  constructor(url: URL, { telemetrySecret }: PublisherContext) {
    this.#address = collectorAddress(url);
    this.name = this.#address.name;
    this.#signer = new MessageSigner(telemetrySecret);
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    try {
      const { lookup } = process.getBuiltinModule('node:dns/promises');
      const { address, family } = await lookup(this.#address.host);
      this.#socket ??= openSocket(family);
      for (const sample of samples) {
        const message = meterMessage(sample, this.#signer, { publisher_id: this.#publisherId });
        await send(this.#socket, packMessage(message), this.#address.port, address);
      }
    } catch (error) {
      await this.close();
      throw unreachable(this.#address, error);
    }
  }

  async close(): Promise<void> {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

function openSocket(family: number): Socket {
  const socket = process.getBuiltinModule('node:dgram').createSocket(family === 6 ? 'udp6' : 'udp4');
  // Errors are passed to the callback of the datagram.
  socket.on('error', () => undefined);
  socket.unref();
  return socket;
}

function send(socket: Socket, datagram: Uint8Array, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, address, (error) => (error ? reject(error) : resolve()));
  });
}
