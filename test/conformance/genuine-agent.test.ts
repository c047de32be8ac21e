import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secrets/secret.ts';
import { CeilometerExporter, type CeilometerSample } from '../../src/ceilometer/index.ts';
import { MeterMessageWriter } from '../../src/ceilometer/messages/meter-message.ts';
import { notificationBody, pollingForm } from '../../src/ceilometer/messages/notification.ts';
import { MessageSigner } from '../../src/ceilometer/messages/signature.ts';
import type { JsonObject } from '../../src/ceilometer/samples/sample.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { InstanceList } from '../../src/openstack/index.ts';
import { instanceWith } from '../helpers/instances.ts';
import { readSimulator } from '../helpers/reading.ts';

/** Messages of a genuine compute agent, as it put them onto the bus. Beside the checkout, here and in CI only. */
const recording = path.join(
  import.meta.dirname,
  '../../../shared/tools/openstack-rig/reference/zed-polling-agent-messages.json',
);
const isAvailable = existsSync(recording);

interface Notification {
  readonly envelope: JsonObject;
  readonly message: JsonObject;
  readonly samples: readonly JsonObject[];
}

function read(body: string): Notification {
  const envelope = JSON.parse(body);
  const message = JSON.parse(envelope['oslo.message']);
  return { envelope, message, samples: message.payload.samples };
}

function genuineNotifications(): readonly Notification[] {
  const messages: readonly { readonly body: string }[] = JSON.parse(readFileSync(recording, 'utf8'));
  return messages.map(({ body }) => read(body));
}

/** All samples of some simulated instances, in one message. */
async function ourNotification(): Promise<Notification> {
  let now = Date.parse('2026-03-04T12:00:10Z');
  const { receiver } = await readSimulator({ now: () => now });
  const published: CeilometerSample[] = [];
  const exporter = new CeilometerExporter({
    publishers: [
      {
        name: 'memory://',
        publish: async (samples) => void published.push(...samples),
        close: async () => undefined,
      },
    ],
    interval: 0,
    instances: new InstanceList(
      receiver.frames().flatMap(({ partitions }) => partitions.map(({ id }) => instanceWith(id))),
    ),
  });
  for (let sample = 0; sample < 2; sample += 1) {
    await exporter.exportBatch(resourceMetricsOf(receiver.frames(), metricView()));
    now += 30_000;
    await receiver.refresh();
  }
  await exporter.shutdown();
  const writer = new MeterMessageWriter(new MessageSigner(new Secret('rig-secret')));
  const written = published.map((sample) => writer.write(sample));
  return read(notificationBody(written, pollingForm, now).toString('utf8'));
}

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const kindsOf = (object: JsonObject) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, kindOf(value)]));

/** Keys of metadata that a libvirt host knows and a PowerVM one does not, or has no word for (docs/ceilometer.md). */
const NOT_OURS = ['architecture', 'os_type'];
/** And those that the inventory of the console brings after the first samples. */
const LATE = ['cpu_number', 'mac'];

describe.skipIf(!isAvailable)('ours and those of a genuine agent (skipped: ../shared is not on this machine)', () => {
  test('have the same envelope and message', async () => {
    const ours = await ourNotification();
    for (const genuine of genuineNotifications()) {
      expect(Object.keys(ours.envelope)).toEqual(Object.keys(genuine.envelope));
      expect(kindsOf(ours.message)).toEqual(kindsOf(genuine.message));
      for (const key of ['publisher_id', 'event_type', 'priority'])
        expect(ours.message[key]).toBe(genuine.message[key]);
      expect(String(ours.message.timestamp)).toHaveLength(String(genuine.message.timestamp).length);
    }
  });

  test('have the same keys, types and units for the meters that both have', async () => {
    const ours = await ourNotification();
    const inBoth = new Set<unknown>();
    for (const genuine of genuineNotifications().flatMap(({ samples }) => samples)) {
      const same = ours.samples.filter(({ counter_name }) => counter_name === genuine.counter_name);
      if (same.length > 0) inBoth.add(genuine.counter_name);
      for (const sample of same) {
        expect(Object.keys(sample)).toEqual(Object.keys(genuine));
        // monotonic_time is null here: the time of the sample is the true one (docs/ceilometer.md).
        expect({ ...kindsOf(sample), monotonic_time: 'number' }).toEqual(kindsOf(genuine));
        expect([sample.counter_type, sample.counter_unit]).toEqual([genuine.counter_type, genuine.counter_unit]);
      }
    }
    expect([...inBoth].sort()).toEqual([
      'cpu',
      'disk.device.read.bytes',
      'disk.device.read.requests',
      'disk.device.write.bytes',
      'disk.device.write.requests',
      'memory.resident',
      'memory.usage',
      'network.incoming.bytes',
      'network.incoming.bytes.delta',
      'network.incoming.packets',
      'network.incoming.packets.drop',
      'network.incoming.packets.error',
      'network.outgoing.bytes',
      'network.outgoing.packets',
      'network.outgoing.packets.drop',
      'network.outgoing.packets.error',
    ]);
  });

  test('have the same metadata, but for what only one of the hypervisors knows', async () => {
    const ours = await ourNotification();
    for (const genuine of genuineNotifications().flatMap(({ samples }) => samples)) {
      for (const sample of ours.samples.filter(({ counter_name }) => counter_name === genuine.counter_name)) {
        const [mine, theirs] = [sample.resource_metadata as JsonObject, genuine.resource_metadata as JsonObject];
        const missing = Object.keys(theirs).filter((key) => !(key in mine));
        expect(missing.filter((key) => ![...NOT_OURS, ...LATE].includes(key))).toEqual([]);
        expect(Object.keys(mine.flavor as JsonObject)).toEqual(
          expect.arrayContaining(Object.keys(theirs.flavor as JsonObject)),
        );
      }
    }
  });
});
