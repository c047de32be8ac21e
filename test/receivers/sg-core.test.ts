import { connect } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/base/secrets/secret.ts';
import { meterMessage } from '../../src/ceilometer/messages/meter-message.ts';
import { MessageSigner } from '../../src/ceilometer/messages/signature.ts';
import { prometheusGauges } from '../../src/ceilometer/meters/prometheus-gauges.ts';
import { packMessage } from '../../src/ceilometer/publishers/collector-socket/packed-message.ts';
import type { CeilometerSample } from '../../src/ceilometer/samples/sample.ts';
import { collectorInCloud, samplesIn } from '../helpers/cloud/collector-in-cloud.ts';
import { type PageLine, readPage } from '../helpers/exposition.ts';
import { publisherOf, TELEMETRY_SECRET } from '../helpers/publishers.ts';
import { sampleOf } from '../helpers/samples.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { buildSgCore, SgCore } from './peers/sg-core.ts';

const built = await buildSgCore();
if (!built) process.stdout.write('sg-core is left out: the module proxy of this machine does not have it.\n');

/** As the agents of a site with many instances would come: longer together than what sg-core reads at once. */
const MANY = 3000;
const sampleOfInstance = (index: number) =>
  sampleOf({ name: 'memory.usage', type: 'gauge', unit: 'MB', volume: index + 0.25, resource_id: `instance-${index}` });

describe.skipIf(!built)('sg-core (skipped where the module proxy does not have it)', () => {
  test.each(['tcp', 'udp'] as const)(
    'shows every sample that came by %s://, with the labels of our own page',
    async (type) => {
      const peer = await start(type);
      const samples = await newestSamples();
      expect(samples.length).toBeGreaterThan(100);
      await publisherOf(`${type}://127.0.0.1:${peer.port}`).publish(samples);

      const expected = samples.map(lineOf);
      const shown = await vi.waitFor(async () => {
        const lines = readPage(await peer.page()).filter(({ name }) => name.startsWith('ceilometer_'));
        expect(lines).toHaveLength(expected.length);
        expect(inOrder(lines)).toEqual(inOrder(expected));
        return lines;
      }, 30_000);
      expect(new Set(shown.map(({ labels }) => labels.publisher))).toEqual(new Set([hostname()]));
      expect(shown.find(({ labels }) => labels.counter === 'cpu')?.labels).toMatchObject({ stack: 'shop' });
    },
  );

  test('takes thousands of samples in one go, and keeps the connection', async () => {
    const peer = await start('tcp');
    const publisher = publisherOf(`tcp://127.0.0.1:${peer.port}`);
    for (let round = 1; round <= 3; round += 1) {
      await publisher.publish(Array.from({ length: MANY }, (_, index) => sampleOfInstance(index)));
      await vi.waitFor(async () => expect(await decoded(peer)).toBe(round * MANY), 30_000);
    }
    const shown = readPage(await peer.page()).filter(({ name }) => name === 'ceilometer_memory_usage');
    expect(new Map(shown.map(({ labels, value }) => [labels.resource, value]))).toEqual(
      new Map(Array.from({ length: MANY }, (_, index) => [`instance-${index}`, index + 0.25])),
    );
    expect(await peer.process.log()).not.toMatch(/reading from socket failed|error, while parsing/);
  });

  test('takes a length of which a read ends inside', async () => {
    const peer = await start('tcp');
    const signer = new MessageSigner(new Secret(TELEMETRY_SECRET));
    const body = packMessage(meterMessage(sampleOfInstance(1), signer, { publisher_id: 'test' }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(body.length));
    const socket = connect(peer.port, '127.0.0.1').setNoDelay(true);
    const stream = Buffer.concat([length, body, length, body]);
    for (const end of [3, 8, 100, body.length + 10, body.length + 16, stream.length]) {
      socket.write(stream.subarray(socket.bytesWritten, end));
      await pause(200);
    }
    await vi.waitFor(async () => expect(await decoded(peer)).toBe(2), 30_000);
    socket.destroy();
  });
});

async function start(type: 'tcp' | 'udp'): Promise<SgCore> {
  if (!built) throw new Error('sg-core was not built');
  return SgCore.start(built, type);
}

/** Its own count, which it writes once a second. */
async function decoded(peer: SgCore): Promise<number | undefined> {
  const lines = readPage(await peer.page());
  return lines.find(({ name }) => name === 'sg_total_ceilometer_metric_decode_count')?.value;
}

/**
 * Of a collector at a simulated console, one of every series: sg-core works on what comes together in no order, and
 * would show any of several.
 */
async function newestSamples(): Promise<readonly CeilometerSample[]> {
  const time = await simulatedTime({ lpars: 3 });
  const file = path.join(await temporaryDirectory(), 'samples.json');
  const publishers = `{ publishers: ['file://${file}'], interval: 0s, meters: classic }`;
  const { collector } = await collectorInCloud(time, { ceilometer: publishers });
  await collector.start();
  await time.pass(2 * 60_000);
  await collector.stop();
  return [
    ...new Map((await samplesIn(file)).map((sample) => [`${sample.name} ${sample.resource_id}`, sample])).values(),
  ];
}

/** What sg-core shows of a sample: what our own page does, but for the labels that newer agents added to theirs. */
function lineOf(sample: CeilometerSample): PageLine {
  const [metric] = prometheusGauges([sample])[0]?.scopeMetrics[0]?.metrics ?? [];
  const [point] = metric?.dataPoints ?? [];
  const { server_group, flavor_id, flavor_name, ...labels } = point?.attributes ?? {};
  const own = { publisher: hostname(), ...(sample.resource_metadata.user_metadata as Record<string, string>) };
  return {
    name: metric?.descriptor.name ?? '',
    labels: { ...(labels as Record<string, string>), ...own },
    value: Number(point?.value),
  };
}

function inOrder(lines: readonly PageLine[]): readonly PageLine[] {
  const key = ({ name, labels }: PageLine) => `${name} ${labels.resource}`;
  return [...lines].sort((one, other) => key(one).localeCompare(key(other)));
}
