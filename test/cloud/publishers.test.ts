import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { foundSample, type PlainSample, plainSamples } from './agent-output.ts';
import { Delivery, MINUTE } from './delivery.ts';
import { expectTheSame, type FoundSample } from './expected/compare.ts';
import { brokerUrl, TELEMETRY_SECRET } from './services/settings.ts';
import { type MeterMessage, type Sink, startHttpSink, startQueueSink, startTcpSink, startUdpSink } from './sinks.ts';
import { refusedSignatures } from './verify-signatures.ts';

const settings = inject('cloud');

describe('every sample of every instance equals what the console served, with', () => {
  test('file://', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'samples.jsonl');
    const delivery = await deliver(`file://${file}?json`);
    expectTheSame(plainSamples(await readFile(file, 'utf8')).map(foundSample), delivery.expected(0));
  });

  test('http://', async () => {
    const sink = await startHttpSink<PlainSample>();
    const delivery = await deliver(`http://127.0.0.1:${sink.port}/samples`);
    expectTheSame(sink.samples.map(foundSample), delivery.expected(0));
  });

  test('tcp://', async () => {
    const sink = await startTcpSink();
    await expectAllOf(sink, await deliver(`tcp://127.0.0.1:${sink.port}`));
  });

  test('udp://', async () => {
    const sink = await startUdpSink();
    await expectAllOf(sink, await deliver(`udp://127.0.0.1:${sink.port}`));
  });

  test('notifier://?topic=metering, for consumers of that queue', async () => {
    const sink = await startQueueSink(settings, 'metering.sample');
    await expectAllOf(sink, await deliver('notifier://?topic=metering'));
  });
});

/** Runs a collector for some minutes of simulated time, to its end. */
async function deliver(publisher: string): Promise<Delivery> {
  const messaging = `transport_url: '${brokerUrl(settings)}', telemetry_secret: '${TELEMETRY_SECRET}'`;
  const delivery = await Delivery.start(`{ publishers: ['${publisher}'], interval: 0s, ${messaging} }`);
  await delivery.time.pass(3 * MINUTE);
  await delivery.collector.stop();
  return delivery;
}

async function expectAllOf(sink: Sink<MeterMessage>, delivery: Delivery): Promise<void> {
  const expected = delivery.expected(0);
  for (let waited = 0; sink.samples.length < expected.length && waited < 30_000; waited += 100) await sleep(100);
  expectTheSame(sink.samples.map(readMessage), expected);
  expect(await refusedSignatures(sink.samples.map(plainJson), TELEMETRY_SECRET)).toEqual([]);
}

function readMessage(message: MeterMessage): FoundSample {
  const { counter_name: name, counter_type: type, counter_unit: unit, resource_id: resourceId } = message;
  const volume = Number(message.counter_volume);
  return { name, type, unit, volume, resourceId, time: Date.parse(`${message.timestamp}Z`) };
}

/** Whole numbers of MessagePack are whole numbers of JSON. */
function plainJson(message: MeterMessage): string {
  return JSON.stringify(message, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
}
