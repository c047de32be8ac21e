import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { countArrived, differencesBetween } from '../independent/compare.ts';
import { expectedFrom } from '../independent/expected.ts';
import type { ExpectedPoint } from '../independent/point.ts';
import type { Instant } from '../independent/story.ts';
import { BOTH_AWAY, DeliveryRun } from './delivery-run.ts';
import { newerNode } from './peers/newer-node.ts';
import { OtelCollector } from './peers/otel-collector.ts';
import { recordResult } from './results.ts';

interface BackfillRun {
  readonly protocol: string;
  /** The exporter of the configuration, given an address. */
  readonly exporter: (url: string) => string;
  readonly isGrpc?: boolean;
}

const overHttp = (settings: string) => (url: string) => `otlp_http/peer: { endpoint: '${url}', ${settings} }`;

const ways: readonly BackfillRun[] = [
  { protocol: 'HTTP protobuf', exporter: overHttp('encoding: proto, compression: none') },
  { protocol: 'HTTP protobuf, gzip', exporter: overHttp('encoding: proto, compression: gzip') },
  { protocol: 'HTTP JSON', exporter: overHttp('encoding: json, compression: none') },
  { protocol: 'HTTP JSON, gzip', exporter: overHttp('encoding: json, compression: gzip') },
  { protocol: 'gRPC, gzip', exporter: (url) => `otlp_grpc/peer: { endpoint: '${url}' }`, isGrpc: true },
];

/** What was never fetched is not missed by a comparison with what was served. */
function instantsAfterGaps(instants: readonly Instant[]): string[] {
  const times = [...new Set(instants.map(({ time }) => time))].sort((left, right) => left - right);
  return times
    .filter((time, index) => index > 0 && time - (times[index - 1] ?? time) > 30_000)
    .map((time) => new Date(time).toISOString());
}

/** Keeps for the table how many different points the documents want of this delivery, and how many of them the peer has. */
async function recordPoints(
  { version }: OtelCollector,
  protocol: string,
  outage: string,
  expected: readonly ExpectedPoint[],
  points: readonly ReceivedPoint[],
): Promise<void> {
  const { wanted, arrived } = countArrived(expected, points);
  await recordResult({ receiver: 'OpenTelemetry Collector', version, protocol, sent: wanted, found: arrived, outage });
}

describe.each(ways)('the OpenTelemetry Collector, OTLP over $protocol', ({ protocol, exporter, isGrpc = false }) => {
  test('gets every point once, through outages on both sides', async () => {
    const peer = await OtelCollector.start();
    const run = await DeliveryRun.start({
      receiver: isGrpc ? `http://${peer.grpcAddress}` : peer.httpUrl,
      protocol: isGrpc ? 'grpc' : 'http',
      exporter,
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
    await recordPoints(peer, `OTLP over ${protocol}`, BOTH_AWAY, expected.points, points);
    expect(instantsAfterGaps(expected.instants)).toEqual([]);
    expect(differences.slice(0, 10)).toEqual([]);
    expect(accepted).toBe(points.length);
    expect(run.reference.violations).toEqual([]);
  });
});

const LINK = 'powervm.lpar.adapter.link';

/**
 * Not the links of adapters: they tell what is known when an instant is fetched, and what was refused may be fetched anew.
 */
function isFixed({ metric }: { readonly metric: string }): boolean {
  return metric !== LINK;
}

test.each([false, true])(
  'what the memory_limiter of the OpenTelemetry Collector refuses arrives when it takes it (gRPC: %s)',
  async (isGrpc) => {
    // Less than it needs for itself, so that it refuses everything.
    const peer = await OtelCollector.start(2);
    const run = await DeliveryRun.start({
      receiver: isGrpc ? `http://${peer.grpcAddress}` : peer.httpUrl,
      protocol: isGrpc ? 'grpc' : 'http',
      exporter: (url) => (isGrpc ? `otlp_grpc/peer: { endpoint: '${url}' }` : `otlp_http/peer: { endpoint: '${url}' }`),
    });
    await run.pass(10);
    // It looks at its memory every 100 ms: what comes before the first look is taken.
    const before = await peer.acceptedPoints();
    expect(await peer.refusedPoints()).toBeGreaterThan(1_000);
    await peer.liftMemoryLimit();
    await run.pass(10);
    const end = run.now();
    await run.stopCollector();
    const accepted = before + (await peer.acceptedPoints());
    await peer.process.stop();
    const points = await peer.points();
    const expected = expectedFrom(run.served);
    const protocol = `OTLP over ${isGrpc ? 'gRPC' : 'HTTP'}, memory_limiter`;
    expect(instantsAfterGaps(expected.instants)).toEqual([]);
    // A first sample taken live has no rates. Refused, it comes by backfill, which reads those before it for its rates only.
    const begin = Math.min(...run.reference.points.map(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n)));
    // What falls due while it stops may come in part; it would come again from the storage.
    const isInside = (time: number) => time >= begin && time <= end;
    const judged = expected.points.filter((point) => isFixed(point) && isInside(point.time) && point.time > begin);
    await recordPoints(peer, protocol, '10 min of refusals', judged, points);
    const timeOf = (text: string) => Date.parse(/\d{4}-\d\d-\d\dT\S+Z/.exec(text)?.[0] ?? '');
    const liveWithoutRates = new Set(
      differencesBetween(expected, run.reference.points).filter((text) => timeOf(text) === begin),
    );
    const differences = differencesBetween(expected, points).filter(
      (text) => !text.includes(` ${LINK} `) && isInside(timeOf(text)) && !liveWithoutRates.has(text),
    );
    expect(differences.slice(0, 10)).toEqual([]);
    expect(accepted).toBe(points.length);
  },
);

test('the OpenTelemetry Collector gets by replay, compressed with zstd, all that was written to files', async () => {
  const peer = await OtelCollector.start();
  const directory = await temporaryDirectory();
  const rotation = 'rotation: { max_megabytes: 1 }, compression: gzip';
  const run = await DeliveryRun.start({
    receiver: peer.httpUrl,
    exporter: () => `file/out: { path: '${directory}/out/metrics.json', ${rotation} }`,
  });
  await run.throughOutages({ start: async () => undefined, stop: async () => undefined });
  const config = path.join(directory, 'replay.yaml');
  await writeFile(
    config,
    `
receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters: { otlp_http/peer: { endpoint: '${peer.httpUrl}', compression: zstd } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http/peer] } } }`,
  );
  const files = (await readdir(path.join(directory, 'out'))).sort().map((name) => path.join(directory, 'out', name));
  expect(files.filter((name) => name.endsWith('.json.gz')).length).toBeGreaterThan(2);
  const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
  const replay = [main, 'replay', ...files, '--to', 'otlp_http/peer', '--config', config];
  const { stdout, stderr } = await promisify(execFile)(await newerNode(), replay);
  expect(stderr).toBe('');
  const accepted = await peer.acceptedPoints();
  await peer.process.stop();
  const points = await peer.points();
  const expected = expectedFrom(run.served);
  await recordPoints(peer, 'file, replay over HTTP protobuf, zstd', BOTH_AWAY, expected.points, points);
  expect(stdout).toMatch(
    new RegExp(`^${points.length} points of \\d+ lines sent, 0 points refused, 0 lines unreadable`),
  );
  expect(differencesBetween(expected, points).slice(0, 10)).toEqual([]);
  expect(accepted).toBe(points.length);
});
