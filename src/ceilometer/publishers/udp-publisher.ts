import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { ExportError } from '../../base/errors.ts';
import { socketProblem } from '../../base/socket-problem.ts';
import { meterMessage } from '../meter-message.ts';
import type { CeilometerSample } from '../sample.ts';
import { MessageSigner } from '../signature.ts';
import { packMessage } from './packed-message.ts';
import type { Publisher, PublisherContext } from './publisher.ts';

/** Of Ceilometer's collector. */
export const DEFAULT_PORT = 4952;

/** `udp://host:4952`: one signed message a datagram, MessagePack. Sent and forgotten: nobody says whether it came. */
export class UdpPublisher implements Publisher {
  readonly name: string;
  readonly #host: string;
  readonly #port: number;
  readonly #signer: MessageSigner;
  #socket: Socket | undefined;

  constructor(url: URL, { telemetrySecret }: PublisherContext) {
    this.#host = url.hostname.replace(/^\[|\]$/g, '');
    this.#port = url.port === '' ? DEFAULT_PORT : Number(url.port);
    this.name = `udp://${url.hostname}:${this.#port}`;
    this.#signer = new MessageSigner(telemetrySecret);
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    try {
      const { address, family } = await lookup(this.#host);
      this.#socket ??= openSocket(family);
      for (const sample of samples) {
        await send(this.#socket, packMessage(meterMessage(sample, this.#signer)), this.#port, address);
      }
    } catch (error) {
      await this.close();
      throw new ExportError('POWERVM_EXPORT_FAILED', `${this.name}: ${socketProblem(error).reason}`, {
        cause: error,
        context: { publisher: this.name },
      });
    }
  }

  async close(): Promise<void> {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

function openSocket(family: number): Socket {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  // What goes wrong is told to the callback of the datagram.
  socket.on('error', () => undefined);
  socket.unref();
  return socket;
}

function send(socket: Socket, datagram: Uint8Array, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, address, (error) => (error ? reject(error) : resolve()));
  });
}
