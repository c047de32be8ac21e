/**
 * Runs in a host's folder, on the packed package and the OpenTelemetry packages of the host, imported or required by the
 * caller. Every way out of the package is used once; what arrives is counted and printed as one line of JSON.
 */
import { readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export async function exercise({ api, sdk, otlp, nodeSdk, powervm, ceilometer, subpathOtlp, simulation }) {
  const rejections = [];
  process.on('unhandledRejection', (reason) => rejections.push(String(reason)));
  const sink = await startSink();
  const simulator = new simulation.PowerVmSimulator({ lpars: 3, vioses: 1 });
  await simulator.start();
  const { url: endpoint, username, password } = simulator;
  const receiver = new powervm.PowerVmReceiver({ consoles: [{ endpoint, username, password }] });
  const cursor = receiver.cursor('batch');
  const producer = new powervm.PowerVmMetricProducer(receiver);
  const { failures } = await receiver.refresh();
  const file = path.join(os.tmpdir(), `otel-powervm-host-${process.pid}.jsonl`);
  const counts = {};

  const readerOf = (exporter, more = {}) =>
    new sdk.PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 60_000,
      ...powervm.powerVmReaderOptions(),
      ...more,
    });
  const stock = () => new otlp.OTLPMetricExporter({ url: `${sink.url}/v1/metrics` });

  // Instruments, behind the host's own exporter and ours for Ceilometer, started as the host starts its telemetry.
  const ceilometerExporter = new ceilometer.CeilometerExporter({ publishers: [`file://${file}`], interval: 0 });
  const readers = [readerOf(powervm.withGaugeDelta(stock())), readerOf(ceilometerExporter)];
  const inspector = new powervm.PowerVmInspector(receiver);
  await withProvider({ api, sdk, nodeSdk, readers }, async (provider) => {
    powervm.registerPowerVmInstruments(provider, inspector);
    await readers[0].forceFlush();
    await readers[1].forceFlush();
  });
  counts.instruments = sink.take();
  counts.samples = (await readFile(file, 'utf8')).trim().split('\n').length;
  await rm(file);

  // The producer, in a reader of a provider of its own.
  const producing = readerOf(stock(), { metricProducers: [producer] });
  const provider = new sdk.MeterProvider({ readers: [producing] });
  await producing.forceFlush();
  await provider.shutdown();
  counts.producer = sink.take();

  // Batches with a Resource for each partition, by a cursor.
  const exporter = new subpathOtlp.OtlpBatchExporter({ endpoint: sink.url, encoding: 'json' });
  const summary = await exporter.exportBatch(powervm.resourceMetricsOf(cursor.pending(), powervm.metricView()));
  await exporter.shutdown();
  counts.batch = { ...sink.take(), summary };

  // Our exporter behind a reader of the host.
  const ours = readerOf(
    new powervm.OtlpBatchExporter({
      endpoint: sink.url,
      encoding: 'json',
      temporalityPreference: sdk.AggregationTemporality.DELTA,
    }),
  );
  const behind = new sdk.MeterProvider({ readers: [ours] });
  powervm.registerPowerVmInstruments(behind, receiver);
  await ours.forceFlush();
  await behind.shutdown();
  counts.behindReader = sink.take();

  await receiver.stop();
  await simulator.stop();
  sink.stop();
  console.log(JSON.stringify({ ...counts, failures: failures.length, rejections }));
}

async function withProvider({ api, sdk, nodeSdk, readers }, work) {
  if (!nodeSdk) {
    const provider = new sdk.MeterProvider({ readers });
    await work(provider);
    return provider.shutdown();
  }
  const started = new nodeSdk.NodeSDK({ metricReaders: readers, traceExporter: undefined, instrumentations: [] });
  started.start();
  await work(api.metrics.getMeterProvider());
  return started.shutdown();
}

/** An OTLP receiver that takes JSON, and tells what it took since it was asked last. */
async function startSink() {
  let points = 0;
  let requests = 0;
  let scopes = new Set();
  let problems = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    try {
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      for (const { scopeMetrics } of JSON.parse(text).resourceMetrics) {
        for (const { scope, metrics } of scopeMetrics) {
          for (const metric of metrics) {
            if (!metric.name.startsWith('powervm.')) continue;
            scopes.add(`${scope.name} ${scope.version}`);
            points += (metric.sum ?? metric.gauge ?? metric.histogram).dataPoints.length;
          }
        }
      }
      requests += 1;
    } catch (error) {
      problems.push(`${request.url} ${request.headers['content-type']}: ${error.message}`);
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    take() {
      const taken = { requests, points, scopes: [...scopes], problems };
      [requests, points, scopes, problems] = [0, 0, new Set(), []];
      return taken;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
