import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RemoteWriteExporter } from '../../src/prometheus/remote-write/remote-write-exporter.ts';
import { gauge, resourceMetrics } from '../helpers/resource-metrics.ts';
import { BOTH_AWAY, DeliveryRun } from './delivery-run.ts';
import { buildPeer } from './peers/build-peer.ts';
import { Prometheus, type StoredSeries } from './peers/prometheus.ts';
import { RELATIVE_TOLERANCE, VictoriaMetrics } from './peers/victoria-metrics.ts';
import { expectAllStored, expectedPoints, foundPoints } from './stored-points.ts';

const DEBIAN = '/usr/bin/prometheus';
const SERIES = 1_000;
const INSTANTS = 61;
const HALF_MINUTE = 30_000;
/**
 * Without the links of adapters: the labels of one tell what is known when it is fetched, and each exporter fetches by itself
 * after an absence.
 */
const SELECTOR = '{__name__=~"(powervm|hw)_.+",job=""}';

interface Receiver {
  readonly name: string;
  /** The part of a value that it may lose. */
  readonly tolerance?: number;
  readonly start: () => Promise<{
    readonly version: string;
    readonly writeUrl: string;
    readonly process: { readonly start: () => Promise<void>; readonly stop: () => Promise<void> };
    readonly samples: (selector: string, now: number) => Promise<readonly StoredSeries[]>;
  }>;
}

async function startPrometheus(executable: string, version: string) {
  const peer = await Prometheus.start(executable, '', ['--web.enable-remote-write-receiver']);
  return {
    version,
    writeUrl: `${peer.url}/api/v1/write`,
    process: peer.process,
    samples: (selector: string, now: number) => peer.samples(selector, now),
  };
}

const receivers: readonly Receiver[] = [
  {
    name: 'Prometheus',
    start: async () => {
      const { executable, version } = await buildPeer('prometheus');
      return startPrometheus(executable, version);
    },
  },
  { name: 'Prometheus (Debian)', start: () => startPrometheus(DEBIAN, 'of the release') },
  {
    name: 'VictoriaMetrics',
    tolerance: RELATIVE_TOLERANCE,
    start: async () => {
      const { executable, version } = await buildPeer('victoria-metrics');
      const peer = await VictoriaMetrics.start(executable);
      return {
        version,
        writeUrl: `${peer.url}/api/v1/write`,
        process: peer.process,
        samples: (selector: string) => peer.samples(selector),
      };
    },
  },
];

/** Debian's package is there where `.ci/run` installed it. */
const available = receivers.filter(({ name }) => name !== 'Prometheus (Debian)' || existsSync(DEBIAN));

test.each(available)('$name gets every point by remote write, through outages on both sides', async (receiver) => {
  const peer = await receiver.start();
  const run = await DeliveryRun.start({
    receiver: new URL(peer.writeUrl).origin,
    exporter: (url) => `prometheus_remote_write/peer: { endpoint: '${url}/api/v1/write' }`,
  });
  await run.throughOutages(peer.process);
  const found = foundPoints(await peer.samples(SELECTOR, run.now()));
  const expected = expectedPoints(run.reference.points, isLabel, { withoutUnits: true });
  const result = { receiver: receiver.name, version: peer.version, protocol: 'remote write 1.0', outage: BOTH_AWAY };
  await expectAllStored(result, expected, found, receiver.tolerance);
});

test.each(available)('$name stores 61 half minutes of 1,000 series, late and live mixed', async ({ start }) => {
  const peer = await start();
  const exporter = new RemoteWriteExporter({ endpoint: peer.writeUrl, staleAfter: 3_600_000 });
  const end = Math.floor(Date.now() / HALF_MINUTE) * HALF_MINUTE;
  const live = Array.from({ length: 10 }, (_, index) => end - index * HALF_MINUTE).reverse();
  const late = Array.from({ length: INSTANTS - live.length }, (_, index) => end - (INSTANTS - 1 - index) * HALF_MINUTE);
  // Late ones come between live ones, as they do after an outage.
  const order = live.flatMap((time, index) => [time, ...late.slice(index * 6, index * 6 + 6)]);
  expect(order).toHaveLength(INSTANTS);
  for (const time of order) expect(await exporter.exportBatch(instantAt(time))).toEqual({ partialSuccesses: [] });
  await exporter.shutdown();
  const series = await peer.samples('{__name__="powervm_test_level"}', end);
  expect(series).toHaveLength(SERIES);
  for (const { labels, samples } of series) {
    const values = samples.map(([time, value]) => [time, value]);
    const wanted = [...late, ...live].map((time) => [time, Number(labels.number) + time / HALF_MINUTE]);
    expect(values).toEqual(wanted);
  }
});

function instantAt(time: number) {
  const points = Array.from({ length: SERIES }, (_, number) => ({
    time,
    value: number + time / HALF_MINUTE,
    attributes: { number: String(number) },
  }));
  return [resourceMetrics({ 'powervm.system.id': 'frame' }, [gauge('powervm.test.level', points)])];
}

/** As on the page of the `prometheus` exporter: what describes an entity is on its info metric. */
function isLabel(name: string): boolean {
  return /^(powervm\.(system\.(id|name)|lpar\.(id|name|number|type)|ssp\.(id|name))|site)$/.test(name);
}
