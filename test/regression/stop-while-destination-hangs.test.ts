import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { batchOf } from '../../src/collector/delivery/batch.ts';
import { ExportWorker } from '../../src/collector/delivery/export-worker.ts';
import type { FrameActivity } from '../../src/inspector/activity.ts';
import { OtlpBatchExporter } from '../../src/otlp/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { gauge, resourceMetrics } from '../helpers/resource-metrics.ts';

/** An orderly stop while the destination hung once took what still waited for refused permanently. */
test('samples pending at shutdown are requeued and never acknowledged', async () => {
  const sink = await OtlpSink.start({ reply: () => new Promise(() => undefined) });
  afterThisTest(() => sink.stop());
  const exporter = new OtlpBatchExporter({ endpoint: sink.url, timeoutMillis: 300 });
  const messages: string[] = [];
  const note = (_fields: object, message: string) => messages.push(message);
  const worker = new ExportWorker({
    exporterId: 'otlp_http',
    exporter,
    limits: { batches: 10, points: 1_000, bytes: 1e9 },
    consumers: 1,
    retry: {
      enabled: true,
      initialInterval: 5_000,
      randomizationFactor: 0,
      multiplier: 1,
      maxInterval: 5_000,
      maxElapsedTime: 0,
    },
    onCapacity: () => undefined,
    clock: new ManualClock(0),
    logger: { ...silentLogger, warn: note, error: note },
  });
  const acknowledged: string[] = [];
  const returned: string[] = [];
  const batch = batchOf([resourceMetrics({ a: 'b' }, [gauge('m', [{ time: 1, value: 1 }])])]);
  const reader = worker.readerFor({ receiverId: 'powervm', batchOf: () => batch });
  for (const systemId of ['one', 'two', 'three']) {
    reader.take({
      activity: { time: 1, sample: { systemId } } as FrameActivity,
      acknowledge: () => acknowledged.push(systemId),
      requeue: () => returned.push(systemId),
    });
  }
  worker.sendSelfMetrics('powervm', batch);
  worker.start();
  const drained = worker.drain();
  await exporter.shutdown();
  await drained;
  worker.settle();
  expect(acknowledged).toEqual([]);
  expect(returned).toEqual(['one', 'two', 'three']);
  expect(worker.undelivered).toBe(3);
  expect(messages.filter((message) => message.includes('refused'))).toEqual([]);
});

/** A collector that could not start said that a sample was lost: it was its own metrics. */
test('self metrics are not counted as undelivered samples', () => {
  const worker = new ExportWorker({
    exporterId: 'otlp_http',
    exporter: new OtlpBatchExporter({ endpoint: 'http://127.0.0.1:9' }),
    limits: { batches: 10, points: 1_000, bytes: 1e9 },
    consumers: 1,
    retry: {
      enabled: false,
      initialInterval: 1,
      randomizationFactor: 0,
      multiplier: 1,
      maxInterval: 1,
      maxElapsedTime: 0,
    },
    onCapacity: () => undefined,
    clock: new ManualClock(0),
    logger: silentLogger,
  });
  worker.sendSelfMetrics('powervm', batchOf([resourceMetrics({}, [gauge('m', [{ time: 1, value: 1 }])])]));
  expect(worker.undelivered).toBe(0);
});
