import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { json } from 'node:stream/consumers';
import { decode } from '@msgpack/msgpack';
import { connect } from 'amqplib';
import { afterThisTest } from '../helpers/console.ts';

import { BROKER_USER, type CloudSettings, PASSWORD } from './services/settings.ts';

/** A sample as agents send it to each other. */
export interface MeterMessage {
  readonly counter_name: string;
  readonly counter_type: string;
  readonly counter_unit: string;
  readonly counter_volume: number | bigint;
  readonly resource_id: string;
  readonly timestamp: string;
  readonly message_signature: string;
}

/** A receiver of samples on loopback: where it listens, and what has come. Ends with the test. */
export interface Sink<Sample> {
  readonly port: number;
  readonly samples: readonly Sample[];
}

export async function startHttpSink<Sample>(): Promise<Sink<Sample>> {
  const samples: Sample[] = [];
  const server = createHttpServer(async (request, response) => {
    samples.push(...((await json(request)) as Sample[]));
    response.end();
  });
  return { port: await portOf(server), samples };
}

/** MessagePack after its length in eight bytes, lowest first. */
export async function startTcpSink(): Promise<Sink<MeterMessage>> {
  const samples: MeterMessage[] = [];
  const server = createTcpServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const end = rest.length < 8 ? Number.POSITIVE_INFINITY : 8 + Number(rest.readBigUInt64LE());
        if (end > rest.length) return;
        samples.push(unpacked(rest.subarray(8, end)));
        rest = rest.subarray(end);
      }
    });
  });
  return { port: await portOf(server), samples };
}

export async function startUdpSink(): Promise<Sink<MeterMessage>> {
  const samples: MeterMessage[] = [];
  // Datagrams that no one has fetched wait here; the default holds a hundred.
  const socket = createSocket({ type: 'udp4', recvBufferSize: 16 * 2 ** 20 });
  socket.on('message', (datagram) => samples.push(unpacked(datagram)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterThisTest(async () => {
    socket.close();
  });
  return { port: socket.address().port, samples };
}

/** Everything that comes into a queue from now on, as the consumer of a site's own would read it. */
export async function startQueueSink({ ports }: CloudSettings, queue: string): Promise<Sink<MeterMessage>> {
  const samples: MeterMessage[] = [];
  const connection = await connect({
    hostname: '127.0.0.1',
    port: ports.amqp,
    username: BROKER_USER,
    password: PASSWORD,
  });
  afterThisTest(() => connection.close());
  const channel = await connection.createChannel();
  await channel.assertExchange('ceilometer', 'topic', { durable: false });
  await channel.assertQueue(queue, { durable: false });
  await channel.bindQueue(queue, 'ceilometer', queue);
  await channel.consume(
    queue,
    (message) => {
      const envelope = JSON.parse(message?.content.toString() ?? '{}');
      const { event_type, payload } = JSON.parse(envelope['oslo.message']);
      if (event_type === 'metering') samples.push(...payload);
    },
    { noAck: true },
  );
  return { port: ports.amqp, samples };
}

function unpacked(bytes: Uint8Array): MeterMessage {
  return decode(bytes, { useBigInt64: true }) as MeterMessage;
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterThisTest(async () => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
