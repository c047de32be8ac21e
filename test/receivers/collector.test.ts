import { describe, expect, test } from 'vitest';
import { differencesBetween } from '../independent/compare.ts';
import { expectedFrom } from '../independent/expected.ts';
import type { Instant } from '../independent/story.ts';
import { BOTH_AWAY, DeliveryRun } from './delivery-run.ts';
import { OtelCollector } from './peers/otel-collector.ts';
import { noteResult } from './results.ts';
import { expectedPoints } from './stored-points.ts';

const ways = [
  { protocol: 'HTTP protobuf', settings: 'encoding: proto, compression: none' },
  { protocol: 'HTTP protobuf, gzip', settings: 'encoding: proto, compression: gzip' },
  { protocol: 'HTTP JSON', settings: 'encoding: json, compression: none' },
  { protocol: 'HTTP JSON, gzip', settings: 'encoding: json, compression: gzip' },
];

/** What was never fetched is not missed by a comparison with what was served. */
function instantsAfterGaps(instants: readonly Instant[]): string[] {
  const times = [...new Set(instants.map(({ time }) => time))].sort((left, right) => left - right);
  return times
    .filter((time, index) => index > 0 && time - (times[index - 1] ?? time) > 30_000)
    .map((time) => new Date(time).toISOString());
}

describe.each(ways)('the OpenTelemetry Collector, OTLP over $protocol', ({ protocol, settings }) => {
  test('gets every point once, through an absence of itself and one of ours', async () => {
    const peer = await OtelCollector.start();
    const run = await DeliveryRun.start({
      receiver: peer.httpUrl,
      exporter: (url) => `otlp_http/peer: { endpoint: '${url}', ${settings} }`,
    });
    let accepted = 0;
    await run.throughOutages({
      start: () => peer.process.start(),
      // It counts from its start.
      stop: async () => {
        accepted += await peer.acceptedPoints();
        await peer.process.stop();
      },
    });
    accepted += await peer.acceptedPoints();
    await peer.process.stop();
    const points = await peer.points();
    const expected = expectedFrom(run.served);
    const differences = differencesBetween(expected, points);
    await noteResult({
      receiver: 'OpenTelemetry Collector',
      version: peer.version,
      protocol: `OTLP over ${protocol}`,
      sent: expectedPoints(run.reference.points, () => true).size,
      found: expectedPoints(points, () => true).size,
      outage: BOTH_AWAY,
    });
    expect(instantsAfterGaps(expected.instants)).toEqual([]);
    expect(differences.slice(0, 10)).toEqual([]);
    expect(accepted).toBe(points.length);
    expect(run.reference.violations).toEqual([]);
  });
});
