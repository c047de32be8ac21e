import { describe, expect, test } from 'vitest';
import { differencesBetween } from '../independent/compare.ts';
import { expectedFrom } from '../independent/expected.ts';
import { DeliveryRun } from './delivery-run.ts';
import { OtelCollector } from './peers/otel-collector.ts';

const ways = [
  { protocol: 'HTTP protobuf', settings: 'encoding: proto, compression: none' },
  { protocol: 'HTTP protobuf, gzip', settings: 'encoding: proto, compression: gzip' },
  { protocol: 'HTTP JSON', settings: 'encoding: json, compression: none' },
  { protocol: 'HTTP JSON, gzip', settings: 'encoding: json, compression: gzip' },
];

describe.each(ways)('the OpenTelemetry Collector, OTLP over $protocol', ({ settings }) => {
  test('gets every point once, through an absence of itself and one of ours', async () => {
    const peer = await OtelCollector.start();
    const run = await DeliveryRun.start({
      receiver: peer.httpUrl,
      exporter: (url) => `otlp_http/peer: { endpoint: '${url}', ${settings} }`,
    });
    await run.pass(5);
    const acceptedBefore = await peer.acceptedPoints();
    await peer.process.stop();
    await run.pass(20);
    await peer.process.start();
    await run.pass(10);
    await run.stopCollector();
    await run.pass(20);
    await run.startCollector();
    await run.pass(10);
    await run.stopCollector();
    const accepted = acceptedBefore + (await peer.acceptedPoints());
    await peer.process.stop();
    const points = await peer.points();
    expect(differencesBetween(expectedFrom(run.served), points).slice(0, 10)).toEqual([]);
    expect(accepted).toBe(points.length);
    expect(run.reference.violations).toEqual([]);
  });
});
