/**
 * Beside `@opentelemetry/sdk-node`: its own reader, with our producer in it. *
 *   npx tsx examples/sdk-node.ts                on a simulated console
 */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { PowerVmMetricProducer, PowerVmReceiver } from 'otel-powervm';
import { PowerVmSimulator } from 'otel-powervm/simulator';

const { HMC_ENDPOINT, HMC_USERNAME = '', HMC_PASSWORD = '', OTLP_ENDPOINT = 'http://localhost:4318' } = process.env;
const { RUN_FOR_SECONDS } = process.env;

const simulator = HMC_ENDPOINT ? undefined : new PowerVmSimulator({ lpars: 3, vioses: 1 });
await simulator?.start();

const receiver = new PowerVmReceiver({
  consoles: [
    simulator
      ? { endpoint: simulator.url, username: simulator.username, password: simulator.password }
      : { endpoint: HMC_ENDPOINT ?? '', username: HMC_USERNAME, password: HMC_PASSWORD },
  ],
});

const sdk = new NodeSDK({
  serviceName: 'power-telemetry',
  metricReaders: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${OTLP_ENDPOINT}/v1/metrics` }),
      exportIntervalMillis: 30_000,
      // Every sample once, with its own time.
      metricProducers: [new PowerVmMetricProducer(receiver)],
    }),
  ],
});
sdk.start();
await receiver.start();

async function end(): Promise<void> {
  // In this order: the last export still finds its samples, then the console is logged off.
  await sdk.shutdown();
  await receiver.stop();
  await simulator?.stop();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);

receiver.firstSample().then(
  ({ partitions }) => console.log(`the first sample: ${partitions.length} partitions`),
  (error) => console.error(`no sample will come: ${error.message}`),
);
if (RUN_FOR_SECONDS) setTimeout(end, Number(RUN_FOR_SECONDS) * 1000);
