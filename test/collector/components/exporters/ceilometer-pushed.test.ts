import path from 'node:path';
import { expect, test } from 'vitest';
import { InvalidConfiguration, parseConfig } from '../../../../src/collector/index.ts';
import { collectorInCloud, samplesIn } from '../../../helpers/cloud/collector-in-cloud.ts';
import { afterThisTest } from '../../../helpers/console.ts';
import { OtlpGrpcSink } from '../../../helpers/otlp-grpc-sink.ts';
import { OtlpSink, type ReceivedPoint } from '../../../helpers/otlp-sink/index.ts';
import { RemoteWriteSink, type WrittenSeries } from '../../../helpers/remote-write-sink.ts';
import { simulatedTime } from '../../../helpers/simulated-time.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

const source = { environment: {}, readFile: () => '' };

interface Point {
  readonly name: string;
  readonly counter: string;
  readonly resource: string;
  readonly time: number;
  readonly value: number;
}

/** Of a series and time, with the rest of its labels. */
type Points = ReadonlyMap<string, Point & { readonly labels: Readonly<Record<string, unknown>> }>;

test('remote write and OTLP bring every sample under the names, labels and time that it has', async () => {
  const { file, remoteWrite, http, grpc } = await deliver();
  const expected = new Map(
    (await samplesIn(file)).map(({ name, resource_id, timestamp, volume }) => {
      const point = {
        name: `ceilometer_${name.replaceAll('.', '_')}`,
        counter: name,
        resource: resource_id,
        time: Date.parse(`${timestamp}Z`),
        value: volume,
      };
      return [`${name} ${resource_id} ${point.time}`, point];
    }),
  );
  expect(expected.size).toBeGreaterThan(300);
  const written = writtenPoints(remoteWrite.requests.flatMap(({ series }) => series));
  for (const points of [written, receivedPoints(http.points), receivedPoints(grpc.points)]) {
    expect(new Map([...points].map(([key, { labels: _labels, ...point }]) => [key, point]))).toEqual(expected);
  }
  expect([...http.violations, ...grpc.violations]).toEqual([]);
  // The labels of all three are those of the page, which test/collector/components/exporters/ceilometer-page.test.ts holds to the agent's.
  const labelsOf = (points: Points) => new Map([...points].map(([key, { labels }]) => [key, labels]));
  expect(labelsOf(receivedPoints(http.points))).toEqual(labelsOf(written));
  expect(labelsOf(receivedPoints(grpc.points))).toEqual(labelsOf(written));
  const [processor] = [...written.values()].filter(({ counter }) => counter === 'cpu');
  expect(processor?.labels).toEqual({
    publisher: 'ceilometer',
    cpu: processor?.resource,
    type: 'cpu',
    counter: 'cpu',
    unit: 'ns',
    resource: processor?.resource,
    project: '9c8b7a6d5e4f40312233445566778899',
    user: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
    vm_instance: '1ba6c5fd72c8e0b1a9c3c0f4c06f2a5a52a0e2e7bd9b8f1dd9d5b9d2',
    resource_name: expect.stringMatching(/^(.+):instance-\1$/),
    server_group: 'none',
    flavor_id: '42',
    flavor_name: 'p10.small',
  });
});

test('what a destination refuses for a while comes later, all of it', async () => {
  let isAway = true;
  const taken: WrittenSeries[] = [];
  const { file } = await deliver(
    (sink) => {
      sink.reply = ({ series }) => {
        if (isAway) return { status: 503 };
        taken.push(...series);
        return { status: 204 };
      };
    },
    () => {
      isAway = false;
    },
  );
  const keys = (await samplesIn(file)).map(
    ({ name, resource_id, timestamp }) => `${name} ${resource_id} ${Date.parse(`${timestamp}Z`)}`,
  );
  expect(new Set(writtenPoints(taken).keys())).toEqual(new Set(keys));
});

test.each([
  ['prometheus_remote_write', "endpoint: 'http://127.0.0.1:9/write', meters: classic"],
  ['otlp_http', 'memory_unit: MiB'],
  ['otlp_grpc', 'openstack: openstack'],
])('%s takes keys of Ceilometer with format: ceilometer only', (exporter, keys) => {
  const text = `receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters: { ${exporter}: { ${keys} } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [${exporter}] } } }
`;
  expect(() => parseConfig(text, 'test.yaml', source)).toThrow(InvalidConfiguration);
  expect(() => parseConfig(text.replace(keys, `${keys}, format: ceilometer`), 'test.yaml', source)).not.toThrow();
});

/** Runs a collector with all ways at once for some minutes of simulated time, to its end. */
async function deliver(prepare?: (sink: RemoteWriteSink) => void, afterAMinute?: () => void) {
  const time = await simulatedTime({ lpars: 3 });
  const [remoteWrite, http, grpc] = [await RemoteWriteSink.start(), await OtlpSink.start(), await OtlpGrpcSink.start()];
  afterThisTest(() => http.stop());
  afterThisTest(() => grpc.stop());
  const file = path.join(await temporaryDirectory(), 'samples.json');
  const { collector } = await collectorInCloud(time, {
    prometheus_remote_write: `{ endpoint: '${remoteWrite.url}', format: ceilometer, meters: classic }`,
    otlp_http: `{ endpoint: '${http.url}', format: ceilometer, meters: classic }`,
    otlp_grpc: `{ endpoint: '${grpc.url}', format: ceilometer, meters: classic }`,
    ceilometer: `{ publishers: ['file://${file}'], interval: 0s, meters: classic }`,
  });
  prepare?.(remoteWrite);
  await collector.start();
  await time.pass(60_000);
  afterAMinute?.();
  await time.pass(120_000);
  await collector.stop();
  return { file, remoteWrite, http, grpc };
}

function writtenPoints(series: readonly WrittenSeries[]): Points {
  return new Map(
    series.flatMap(({ labels: { __name__: name = '', ...labels }, samples }) =>
      samples.map(({ time, value }) => entry(name, labels, time, value)),
    ),
  );
}

function receivedPoints(points: readonly ReceivedPoint[]): Points {
  return new Map(
    points.map(({ metric, attributes, timeUnixNano, value }) =>
      entry(metric, attributes, Number(timeUnixNano / 1_000_000n), Number(value)),
    ),
  );
}

function entry(name: string, labels: Readonly<Record<string, unknown>>, time: number, value: number) {
  const { counter, resource } = { counter: String(labels.counter), resource: String(labels.resource) };
  return [`${counter} ${resource} ${time}`, { name, counter, resource, time, value, labels }] as const;
}
