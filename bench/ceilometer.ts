/**
 * The Ceilometer samples of 1,000 partitions for one interval: building, signing and serialising them, against
 * Ceilometer's own Python functions for the same samples, in turns on the same machine. On Debian, with
 * python3-ceilometer.
 *
 *   npm run bench:ceilometer
 */

import { systemClock } from '../src/base/clock/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { Secret } from '../src/base/secrets/secret.ts';
import { CeilometerExporter, type CeilometerSample } from '../src/ceilometer/index.ts';
import { MeterMessageWriter } from '../src/ceilometer/messages/meter-message.ts';
import { notificationBody } from '../src/ceilometer/messages/notification.ts';
import { MessageSigner } from '../src/ceilometer/messages/signature.ts';
import { createPublisher } from '../src/ceilometer/publishers/create-publisher.ts';
import type { Publisher } from '../src/ceilometer/publishers/publisher.ts';
import { metricView, resourceMetricsOf } from '../src/metrics/index.ts';
import { InstanceList } from '../src/openstack/index.ts';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { keptDirectory } from '../test/cloud/services/process-group.ts';
import { RabbitMq } from '../test/cloud/services/rabbitmq.ts';
import { brokerUrl, chooseSettings } from '../test/cloud/services/settings.ts';
import { instanceWith } from '../test/helpers/instances.ts';
import { CeilometerWork } from './helpers/ceilometer-work.ts';
import { cpuOf, heapUsed, median, report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

const LPARS = 1_000;
const ROUNDS = 7;
const WARM_UP = 3;
const SECRET = 'secret of the benchmark';
const SAMPLES_IN_MESSAGE = 50;
const SAMPLE_INTERVAL = 30_000;
const INTERVAL = 300_000;

/** Does what the notifier does up to its socket, and counts. */
class CountingPublisher implements Publisher {
  readonly name = 'counting';
  samples: readonly CeilometerSample[] = [];
  messages = 0;
  bytes = 0;
  readonly #writer = new MeterMessageWriter(new MessageSigner(new Secret(SECRET)));

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    this.samples = samples;
    [this.messages, this.bytes] = [0, 0];
    for (let from = 0; from < samples.length; from += SAMPLES_IN_MESSAGE) {
      const messages = samples.slice(from, from + SAMPLES_IN_MESSAGE).map((sample) => this.#writer.write(sample));
      const form = { publisherId: 'ceilometer.polling', eventType: 'telemetry.polling', isPolling: true };
      this.bytes += notificationBody(messages, form, Date.now()).length;
      this.messages += 1;
    }
  }

  async close(): Promise<void> {}
}

const simulated = await SimulatedConsole.start(LPARS, 4);
const receiver = new PowerVmReceiver({
  consoles: [{ endpoint: simulated.url, username: simulated.username, password: simulated.password }],
});
const view = metricView();
const batchOfNow = async () => {
  await simulated.advance(SAMPLE_INTERVAL);
  await receiver.refresh({ withInventory: false });
  return resourceMetricsOf(receiver.frames(), view);
};
await receiver.refresh();
const instances = new InstanceList(
  receiver.frames().flatMap(({ partitions }) => partitions.map(({ id }) => instanceWith(id))),
);

const publisher = new CountingPublisher();
const exporter = new CeilometerExporter({ publishers: [publisher], interval: INTERVAL, instances });
/** Processor time of all batches of an interval, and of the one that ends the interval before. */
const interval = async () => {
  const times: number[] = [];
  for (let batch = 0; batch < INTERVAL / SAMPLE_INTERVAL; batch += 1) {
    const resources = await batchOfNow();
    times.push(await cpuOf(() => exporter.exportBatch(resources)));
  }
  return { ending: Math.max(...times), whole: times.reduce((sum, time) => sum + time, 0) };
};
await interval();
await interval();
const python = new CeilometerWork(publisher.samples, SAMPLES_IN_MESSAGE, SECRET);
const ours: Awaited<ReturnType<typeof interval>>[] = [];
const theirs: Awaited<ReturnType<CeilometerWork['once']>>[] = [];
for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
  const [mine, its] = [await interval(), await python.once()];
  if (round < WARM_UP) continue;
  ours.push(mine);
  theirs.push(its);
}
python.end();

const cpuOfPython = median(theirs.map(({ cpu }) => cpu));
const ending = median(ours.map((times) => times.ending));
const whole = median(ours.map((times) => times.whole));
report('partitions', LPARS, '');
report('samples of one interval', publisher.samples.length, '');
report('messages: ours', publisher.messages, '');
report("messages: Ceilometer's", theirs[0]?.messages ?? Number.NaN, '');
report('bytes: ours', publisher.bytes / 2 ** 20, 'MiB');
report("bytes: Ceilometer's", (theirs[0]?.bytes ?? Number.NaN) / 2 ** 20, 'MiB');
report("Ceilometer's functions (median CPU)", cpuOfPython, 'ms');
report('ours, the batch that ends an interval (median CPU)', ending, 'ms');
report('ratio (bound: 0.5)', ending / cpuOfPython, 'x');
report('ours, all ten batches of an interval (median CPU)', whole, 'ms');
report('ratio', whole / cpuOfPython, 'x');

/** The same with a RabbitMQ behind it, in turns: processor time of the sender alone, until all is confirmed. */
const kept = await keptDirectory();
const settings = await chooseSettings(kept.directory);
const rabbitmq = new RabbitMq(settings);
await rabbitmq.prepare();
await rabbitmq.portMapper.start();
await rabbitmq.server.start();
const pythonPublisher = new CeilometerWork(publisher.samples, SAMPLES_IN_MESSAGE, SECRET, brokerUrl(settings));
const notifier = createPublisher('notifier://', {
  telemetrySecret: new Secret(SECRET),
  messaging: { transportUrl: new Secret(brokerUrl(settings)) },
  clock: systemClock,
  logger: silentLogger,
});
const published = { ours: [] as number[], theirs: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  const samples = [...publisher.samples];
  published.ours.push(await cpuOf(() => notifier.publish(samples)));
  published.theirs.push((await pythonPublisher.once()).cpu);
  await rabbitmq.control('purge_queue', 'notifications.sample');
}
pythonPublisher.end();
await notifier.close();
await kept.end();
report("Ceilometer's functions with publishing (median CPU)", median(published.theirs), 'ms');
report('ours, signing, serialising and publishing (median CPU)', median(published.ours), 'ms');
report('ratio', median(published.ours) / median(published.theirs), 'x');

/** What an exporter holds when an interval is about to end, after `batches` of them. */
const heldAfter = async (batches: number) => {
  const held = new CeilometerExporter({ publishers: [], interval: batches * SAMPLE_INTERVAL, instances });
  const before = heapUsed();
  for (let batch = 0; batch < batches; batch += 1) await held.exportBatch(await batchOfNow());
  const after = heapUsed();
  await held.shutdown();
  return (after - before) / 2 ** 20;
};
await heldAfter(2);
report('held in an interval of 5 minutes, 10 batches', await heldAfter(10), 'MiB');
report('held in an interval of 30 minutes, 60 batches', await heldAfter(60), 'MiB');
const before = heapUsed();
const oneBatch = await batchOfNow();
report(`one batch, ${oneBatch.length} Resources`, (heapUsed() - before) / 2 ** 20, 'MiB');

await exporter.shutdown();
await receiver.stop();
simulated.stop();
