/** What README and docs/embedding.md show, compiled strictly against the declarations of a host: it is never run. */
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import {
  CeilometerExporter,
  ConfigurationError,
  metricView,
  OtlpBatchExporter,
  PowerVmInspector,
  PowerVmMetricProducer,
  PowerVmReceiver,
  type PowerVmReceiverOptions,
  powerVmReaderOptions,
  registerPowerVmInstruments,
  resourceMetricsOf,
  startPowerVmTelemetry,
  withGaugeDelta,
} from 'otel-powervm';
import { CeilometerExporter as SameExporter } from 'otel-powervm/ceilometer';
import { OpenStackCloud } from 'otel-powervm/openstack';
import { OtlpBatchExporter as SameBatchExporter } from 'otel-powervm/otlp';
import { PrometheusPage } from 'otel-powervm/prometheus';
import { PowerVmSimulator } from 'otel-powervm/simulator';

export async function embed(password: string): Promise<void> {
  const options: PowerVmReceiverOptions = {
    consoles: [{ endpoint: 'https://hmc1.example.com', username: 'monitor', password }],
  };
  const receiver = new PowerVmReceiver(options);
  receiver.onStatus(({ state, error }) => console.log(state, error?.code, error?.remedy));
  const exporters: PushMetricExporter[] = [
    withGaugeDelta(new OTLPMetricExporter()),
    new CeilometerExporter({ publishers: ['file:///tmp/samples.jsonl'] }),
    new SameExporter({ publishers: ['file:///tmp/samples.jsonl'] }),
    new OtlpBatchExporter({ endpoint: 'http://localhost:4318' }),
  ];
  const readers = exporters.map(
    (exporter) => new PeriodicExportingMetricReader({ exporter, ...powerVmReaderOptions() }),
  );
  const provider = new MeterProvider({ readers });
  const unregister = registerPowerVmInstruments(provider, new PowerVmInspector(receiver));
  registerPowerVmInstruments(metrics.getMeter('mine'), receiver, { metrics: {} });
  const producer = new PowerVmMetricProducer(receiver, { samples: 'latest' });
  new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(), metricProducers: [producer] });
  await receiver.start();
  const first = await receiver.firstSample();
  const partition: string | undefined = first.partitions[0]?.name;
  const cursor = receiver.cursor('mine');
  await new SameBatchExporter({}).exportBatch(resourceMetricsOf(cursor.pending(10), metricView()));
  const page = new PrometheusPage();
  page.add([]);
  new OpenStackCloud({ cloud: partition ?? 'production' }).close();
  await new PowerVmSimulator({ lpars: 3 }).start();
  const telemetry = await startPowerVmTelemetry({ ...options, otlp: { endpoint: 'http://localhost:4318' } });
  await telemetry.shutdown();
  unregister();
  try {
    await receiver.stop();
  } catch (error) {
    if (error instanceof ConfigurationError) console.error(error.code);
  }
}
