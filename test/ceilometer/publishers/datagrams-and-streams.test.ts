import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { decode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { meterMessage } from '../../../src/ceilometer/messages/meter-message.ts';
import { MessageSigner } from '../../../src/ceilometer/messages/signature.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { publisherOf, TELEMETRY_SECRET } from '../../helpers/publishers.ts';
import { sampleOf } from '../../helpers/samples.ts';

const signer = new MessageSigner(new Secret(TELEMETRY_SECRET));
const samples = Array.from({ length: 5 }, (_, index) => sampleOf({ volume: index + 0.5 }));

describe('udp://', () => {
  test('sends one signed message per datagram, host included', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    afterThisTest(async () => void socket.close());
    const datagrams: unknown[] = [];
    socket.on('message', (datagram) => datagrams.push(decode(datagram)));
    await publisherOf(`udp://127.0.0.1:${socket.address().port}`).publish(samples);
    await expect.poll(() => datagrams.length).toBe(5);
    expect(datagrams).toEqual(samples.map((sample) => meterMessage(sample, signer, { publisher_id: hostname() })));
  });

  test('writes long integers with the digits that were signed', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    afterThisTest(async () => void socket.close());
    const datagram = once(socket, 'message');
    // A century of processor time in nanoseconds.
    await publisherOf(`udp://127.0.0.1:${socket.address().port}`).publish([sampleOf({ volume: 3.15576e18 + 1024 })]);
    const message = decode((await datagram)[0] as Buffer, { useBigInt64: true });
    expect(message).toMatchObject({ counter_volume: BigInt(String(3.15576e18 + 1024)) });
  });

  test('to an unknown host name is retryable', async () => {
    await expect(publisherOf('udp://no-such-host.invalid').publish(samples)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
    });
  });
});

describe('tcp://', () => {
  async function listen() {
    const sockets: Socket[] = [];
    let stream = Buffer.alloc(0);
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk) => {
        stream = Buffer.concat([stream, chunk]);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterThisTest(async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const messages = () => {
      const found: unknown[] = [];
      for (let at = 0; at + 8 <= stream.length; ) {
        const end = at + 8 + Number(stream.readBigUInt64LE(at));
        if (end > stream.length) break;
        found.push(decode(stream.subarray(at + 8, end)));
        at = end;
      }
      return found;
    };
    return { sockets, messages, port: (server.address() as AddressInfo).port };
  }

  test('sends length-prefixed messages, host included in the signature, over one connection', async () => {
    const { sockets, messages, port } = await listen();
    const publisher = publisherOf(`tcp://127.0.0.1:${port}`);
    await publisher.publish(samples);
    await publisher.publish(samples);
    const expected = samples.map((sample) => meterMessage(sample, signer, { publisher_id: hostname() }));
    await expect.poll(() => messages().length).toBe(10);
    expect(messages()).toEqual([...expected, ...expected]);
    expect(Object.keys(messages()[0] as object).slice(-2)).toEqual(['publisher_id', 'message_signature']);
    expect(sockets).toHaveLength(1);
  });

  test('reconnects to a receiver that is back', async () => {
    const { sockets, messages, port } = await listen();
    const publisher = publisherOf(`tcp://127.0.0.1:${port}`);
    await publisher.publish(samples);
    await expect.poll(() => messages().length).toBe(5);
    const ended = once(sockets[0] as Socket, 'close');
    sockets[0]?.end();
    await ended;
    await publisher.publish(samples);
    await expect.poll(() => messages().length).toBe(10);
    expect(sockets).toHaveLength(2);
  });

  test('without a listener is retryable', async () => {
    await expect(publisherOf('tcp://127.0.0.1:1').publish(samples)).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: 'tcp://127.0.0.1:1: nothing listens there (connection refused)',
    });
  });
});
