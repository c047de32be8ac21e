import { type AddressInfo, connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock/clock.ts';
import type { ExportError } from '../../src/base/errors/errors.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { createPublisher } from '../../src/ceilometer/publishers/create-publisher.ts';
import type { MessagingOptions } from '../../src/ceilometer/publishers/messaging/messaging-options.ts';
import type { Publisher } from '../../src/ceilometer/publishers/publisher.ts';
import { selfSignedIdentity } from '../../src/simulator/http/certificate.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { sampleOf } from '../helpers/samples.ts';
import { keptDirectory } from './services/process-group.ts';
import { RabbitMq } from './services/rabbitmq.ts';
import { BROKER_USER, brokerUrl, type CloudSettings, chooseSettings, PASSWORD } from './services/settings.ts';

/** A broker of its own: it is stopped, started, filled and emptied here. */
let settings: CloudSettings;
let rabbitmq: RabbitMq;
let end: () => Promise<void>;
let operator: ChannelModel;
const publishers: Publisher[] = [];

beforeAll(async () => {
  const kept = await keptDirectory();
  end = kept.end;
  settings = await chooseSettings(kept.directory);
  rabbitmq = new RabbitMq(settings);
  await rabbitmq.prepare();
  await rabbitmq.portMapper.start();
  await rabbitmq.server.start();
  await connectOperator();
});

afterAll(async () => {
  await operator.close().catch(() => undefined);
  await end();
});

afterEach(async () => {
  await Promise.all(publishers.splice(0).map((publisher) => publisher.close()));
  await onChannel(async (channel) => {
    for (const queue of ['notifications.sample', 'metering.sample']) await channel.deleteQueue(queue);
    await channel.deleteExchange('ceilometer');
  });
});

async function connectOperator(): Promise<void> {
  operator = await connect({
    hostname: '127.0.0.1',
    port: settings.ports.amqp,
    username: BROKER_USER,
    password: PASSWORD,
  });
  // It goes down with the broker.
  operator.on('error', () => undefined);
}

async function onChannel<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
  const channel = await operator.createChannel();
  const result = await work(channel);
  await channel.close();
  return result;
}

function publisher(url = 'notifier://', messaging: MessagingOptions = {}) {
  const logger = new RecordedLog();
  const made = createPublisher(url, {
    telemetrySecret: new Secret('rig-secret'),
    messaging: { transportUrl: new Secret(brokerUrl(settings)), ...messaging },
    clock: systemClock,
    logger,
  });
  publishers.push(made);
  return { publisher: made, logger };
}

const samplesOf = (count: number, name = 'cpu') =>
  Array.from({ length: count }, (_, index) => sampleOf({ name, volume: index }));

interface Received {
  readonly fields: GetMessage['fields'];
  readonly properties: GetMessage['properties'];
  readonly message: {
    readonly _unique_id: string;
    readonly event_type: string;
    readonly payload: { readonly samples: readonly { readonly counter_volume: number }[] };
  };
}

async function received(queue = 'notifications.sample'): Promise<readonly Received[]> {
  return onChannel(async (channel) => {
    const messages: Received[] = [];
    for (let next = await channel.get(queue, { noAck: true }); next; next = await channel.get(queue, { noAck: true })) {
      const { fields, properties, content } = next;
      messages.push({ fields, properties, message: JSON.parse(JSON.parse(content.toString())['oslo.message']) });
    }
    return messages;
  });
}

const volumesOf = (messages: readonly Received[]) =>
  messages
    .flatMap(({ message }) => message.payload.samples.map(({ counter_volume }) => counter_volume))
    .sort((left, right) => left - right);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

async function failureOf(work: Promise<void>): Promise<ExportError> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: ExportError) => error,
  );
}

/** Publishes as the collector does: again and again with the same samples. @returns how often it took */
async function publishUntilTaken(to: Publisher, samples: ReturnType<typeof samplesOf>): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const isTaken = await to.publish(samples).then(
      () => true,
      () => false,
    );
    if (isTaken) return attempt;
    await sleep(100);
  }
}

test('messages are queued before any agent connects, with the properties of genuine ones', async () => {
  await publisher().publisher.publish(samplesOf(120));
  const messages = await received();
  expect(messages.map(({ message }) => message.payload.samples.length)).toEqual([50, 50, 20]);
  expect(volumesOf(messages)).toEqual(upTo(120));
  expect(messages[0]).toMatchObject({
    fields: { exchange: 'ceilometer', routingKey: 'notifications.sample', redelivered: false },
    properties: {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
      priority: 0,
      headers: {},
    },
    message: { event_type: 'telemetry.polling' },
  });
  expect(new Set(messages.map(({ message }) => message._unique_id)).size).toBe(3);
  expect(await rabbitmq.control('list_queues', 'name', 'durable', 'auto_delete', 'arguments')).toMatch(
    /^notifications\.sample\s+false\s+false\s+\[\]$/m,
  );
  expect(await rabbitmq.control('list_exchanges', 'name', 'type', 'durable', 'auto_delete')).toMatch(
    /^ceilometer\s+topic\s+false\s+false$/m,
  );
});

test('another topic gets pipeline messages, with copies per meter when configured', async () => {
  const { publisher: pipeline } = publisher('notifier://?topic=metering&per_meter_topic=1');
  await pipeline.publish([...samplesOf(2, 'cpu'), ...samplesOf(1, 'memory')]);
  const messages = await received('metering.sample');
  expect(messages.map(({ message }) => [message.event_type, (message.payload as unknown as unknown[]).length])).toEqual(
    [
      ['metering', 3],
      ['metering.cpu', 2],
      ['metering.memory', 1],
    ],
  );
});

test.each([
  ['durable', { durableQueues: true }, /^notifications\.sample\s+true\s+\[\]$/m],
  ['quorum', { quorumQueue: true }, /^notifications\.sample\s+true\s+\[.*x-queue-type.*quorum.*\]$/m],
])('a %s queue is declared where the site uses one', async (_, messaging, listed) => {
  await publisher('notifier://', messaging).publisher.publish(samplesOf(1));
  expect(await rabbitmq.control('list_queues', 'name', 'durable', 'arguments')).toMatch(listed);
  expect(volumesOf(await received())).toEqual([0]);
});

test('an existing queue with other properties is used as it is', async () => {
  await onChannel(async (channel) => {
    await channel.assertExchange('ceilometer', 'topic', { durable: true });
    await channel.assertQueue('notifications.sample', { durable: true, arguments: { 'x-max-length': 1000 } });
  });
  await publisher().publisher.publish(samplesOf(1));
  expect(volumesOf(await received())).toEqual([0]);
});

test('a deleted queue is a readable error and is declared again on retry, without loss', async () => {
  const { publisher: polling } = publisher();
  await polling.publish(samplesOf(1));
  await onChannel((channel) => channel.deleteQueue('notifications.sample'));
  const samples = samplesOf(60);
  const error = await failureOf(polling.publish(samples));
  expect(error).toMatchObject({ code: 'POWERVM_EXPORT_FAILED', permanent: false });
  expect(error.message).toMatch(/leads to no queue for notifications\.sample/);
  await polling.publish(samples);
  expect(volumesOf(await received())).toEqual(upTo(60));
});

test('a deleted exchange closes the channel; the retry recovers', async () => {
  const { publisher: polling } = publisher();
  await polling.publish(samplesOf(1));
  await received();
  await onChannel((channel) => channel.deleteExchange('ceilometer'));
  const samples = samplesOf(3);
  expect((await failureOf(polling.publish(samples))).message).toMatch(/NOT_FOUND - no exchange 'ceilometer'/);
  await polling.publish(samples);
  expect(volumesOf(await received())).toEqual(upTo(3));
});

test('a wrong password and an unknown virtual host are explained without the password', async () => {
  const wrong = publisher('notifier://', { transportUrl: new Secret(brokerUrl(settings, 'geheim')) });
  const refused = await failureOf(wrong.publisher.publish(samplesOf(1)));
  expect(refused.message).toMatch(/refuses user openstack or the password/);
  expect(JSON.stringify([refused.message, refused.context, wrong.logger.lines])).not.toContain('geheim');
  const nowhere = publisher('notifier://', { transportUrl: new Secret(`${brokerUrl(settings)}nowhere`) });
  expect((await failureOf(nowhere.publisher.publish(samplesOf(1)))).message).toMatch(/no virtual host nowhere/);
});

test('the first reachable of several hosts is used', async () => {
  const url = brokerUrl(settings).replace('@', '@127.0.0.1:1,');
  const { publisher: polling } = publisher('notifier://', { transportUrl: new Secret(url) });
  await polling.publish(samplesOf(1));
  expect(volumesOf(await received())).toEqual([0]);
});

test('TLS accepts only a broker whose certificate is signed by the configured authority', async () => {
  const identity = selfSignedIdentity('127.0.0.1', Date.now());
  const front = createTlsServer(identity, (socket) => {
    const back = connectSocket(settings.ports.amqp, '127.0.0.1');
    socket.pipe(back).pipe(socket);
    for (const end of [socket, back]) end.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const transportUrl = new Secret(brokerUrl(settings).replace(String(settings.ports.amqp), String(port)));
  await publisher('notifier://', { transportUrl, tls: { ca: identity.cert } }).publisher.publish(samplesOf(1));
  expect(volumesOf(await received())).toEqual([0]);
  const stranger = publisher('notifier://', { transportUrl, tls: {} });
  expect((await failureOf(stranger.publisher.publish(samplesOf(1)))).message).toMatch(/self-signed and not trusted/);
  front.close();
});

test('a blocked broker is waited for and logged once', async () => {
  const { publisher: polling, logger } = publisher();
  await polling.publish(samplesOf(1));
  await rabbitmq.control('set_vm_memory_high_watermark', '0');
  const published = polling.publish(samplesOf(200));
  await expect.poll(() => logger.at('warn').length).toBe(1);
  expect(logger.lines.at(-1)?.message).toMatch(/takes nothing at present \(memory or disk alarm\)/);
  await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
  await published;
  expect(volumesOf((await received()).slice(1))).toEqual(upTo(200));
});

test('policy=drop drops samples of a blocked broker without delay', async () => {
  const { publisher: dropping, logger } = publisher('notifier://?policy=drop');
  await dropping.publish(samplesOf(1));
  await rabbitmq.control('set_vm_memory_high_watermark', '0');
  await dropping.publish(samplesOf(2));
  await dropping.publish(samplesOf(2));
  await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
  expect(logger.at('error')).toHaveLength(1);
});

test('closing does not wait for a blocked broker', async () => {
  const { publisher: polling } = publisher();
  await polling.publish(samplesOf(1));
  await rabbitmq.control('set_vm_memory_high_watermark', '0');
  const published = failureOf(polling.publish(samplesOf(1)));
  await sleep(500);
  await polling.close();
  expect((await published).code).toBe('POWERVM_EXPORT_FAILED');
  await rabbitmq.control('set_vm_memory_high_watermark', '0.4');
});

test('a restarted broker gets everything with both retrying policies', async () => {
  const patient = publisher();
  const queueing = publisher('notifier://?policy=queue&topic=metering');
  await patient.publisher.publish(samplesOf(1));
  await queueing.publisher.publish(samplesOf(1));
  await expect
    .poll(() =>
      onChannel(async (channel) => (await channel.assertQueue('metering.sample', { durable: false })).messageCount),
    )
    .toBe(1);
  await rabbitmq.server.stop();
  await queueing.publisher.publish(samplesOf(100));
  const published = publishUntilTaken(patient.publisher, samplesOf(100));
  await sleep(1_000);
  await rabbitmq.server.start();
  expect(await published).toBeGreaterThan(1);
  await connectOperator();
  // Queues that are not durable are gone with the broker, and made again by the first who comes back.
  expect(volumesOf(await received())).toEqual(upTo(100));
  await expect
    .poll(() => queueing.logger.lines.map(({ message }) => message), { timeout: 40_000 })
    .toEqual(['not delivered; messages wait in the queue (policy=queue)', 'delivering again']);
  const metering = await received('metering.sample');
  expect(metering.flatMap(({ message }) => message.payload as unknown as unknown[])).toHaveLength(100);
});

test('a backlog is sent interval by interval, each after an agent has processed the previous one', async () => {
  const { publisher: polling } = publisher();
  // It makes the queue, and is about another resource: nothing waits for its end.
  await polling.publish([sampleOf({ name: 'first', resource_id: 'another' })]);
  await received();
  const channel = await operator.createChannel();
  await channel.prefetch(1);
  let begin = (): void => undefined;
  const isBegun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let taken = 0;
  await channel.consume('notifications.sample', async (message) => {
    await isBegun;
    await sleep(100);
    taken += 1;
    if (message) channel.ack(message);
  });
  await polling.publish(samplesOf(1_000));
  expect(taken).toBe(0);
  begin();
  await polling.publish(samplesOf(50));
  // Twenty messages of the first interval, a tenth of a second each.
  expect(taken).toBeGreaterThanOrEqual(20);
  await expect.poll(() => taken).toBe(21);
  await channel.close();
});

test('a broken connection loses no message', async () => {
  const { publisher: polling } = publisher();
  await polling.publish(samplesOf(1));
  await received();
  const samples = samplesOf(20_000);
  const published = publishUntilTaken(polling, samples);
  await sleep(150);
  await rabbitmq.control('close_all_connections', 'for the test');
  await published;
  await connectOperator();
  const volumes = volumesOf(await received());
  expect([...new Set(volumes)]).toEqual(upTo(20_000));
});
