/**
 * Embeds the receiver in a Node program: observable instruments on a Meter of its own, exported by the stock OTLP
 * exporter and the Ceilometer exporter at once.
 *
 *   npx tsx examples/embed.ts                    on a simulated console, for one minute
 *   HMC_ENDPOINT=https://hmc1 HMC_USERNAME=u HMC_PASSWORD=p OTLP_ENDPOINT=http://localhost:4318 npx tsx examples/embed.ts
 */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  CeilometerExporter,
  PowerVmInspector,
  PowerVmReceiver,
  powerVmReaderOptions,
  registerPowerVmInstruments,
  withGaugeDelta,
} from 'otel-powervm';
import { PowerVmSimulator } from 'otel-powervm/simulator';

const {
  HMC_ENDPOINT,
  HMC_USERNAME = '',
  HMC_PASSWORD = '',
  OTLP_ENDPOINT = 'http://localhost:4318',
  CEILOMETER_PUBLISHER = 'file:///tmp/otel-powervm-samples.jsonl',
  RUN_FOR_SECONDS = '60',
  EXPORT_EVERY_SECONDS = '30',
} = process.env;

const simulator = HMC_ENDPOINT ? undefined : new PowerVmSimulator({ lpars: 12, vioses: 2 });
await simulator?.start();

const receiver = new PowerVmReceiver({
  consoles: [
    simulator
      ? { endpoint: simulator.url, username: simulator.username, password: simulator.password }
      : { endpoint: HMC_ENDPOINT ?? '', username: HMC_USERNAME, password: HMC_PASSWORD },
  ],
});

// One reader for each exporter; both ask the same snapshot, and neither makes the console work.
const exporters = [
  withGaugeDelta(new OTLPMetricExporter({ url: `${OTLP_ENDPOINT}/v1/metrics` })),
  new CeilometerExporter({ publishers: [CEILOMETER_PUBLISHER] }),
];
const meterProvider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': 'power-telemetry' }),
  readers: exporters.map(
    (exporter) =>
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: Number(EXPORT_EVERY_SECONDS) * 1000,
        exportTimeoutMillis: Number(EXPORT_EVERY_SECONDS) * 1000,
        ...powerVmReaderOptions(),
      }),
  ),
});
const inspector = new PowerVmInspector(receiver);
registerPowerVmInstruments(meterProvider, inspector);

await receiver.start();

// The same numbers, asked directly in the words of Ceilometer's virt inspector.
receiver.onActivity(() => {
  // The first sample has no rates yet: nothing is undefined by mistake, so ask before you print.
  const [busiest] = inspector
    .partitions()
    .flatMap(({ name, processor }) => (processor.busy === undefined ? [] : [{ name, busy: processor.busy }]))
    .sort((left, right) => right.busy - left.busy);
  if (busiest) console.log(`busiest: ${busiest.name}, ${busiest.busy.toFixed(2)} processors`);
});

await new Promise((resolve) => setTimeout(resolve, Number(RUN_FOR_SECONDS) * 1000));

// In this order: the last export still finds its numbers, then the console is logged off.
await meterProvider.shutdown();
await receiver.stop();
await simulator?.stop();
