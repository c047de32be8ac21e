/**
 * One batch for 1,000 partitions through the metric producer, against the same through observable instruments, in one
 * process.
 *
 *   npm run bench:producer
 */
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  metricView,
  PowerVmMetricProducer,
  powerVmReaderOptions,
  registerPowerVmInstruments,
  resourceMetricsOf,
} from '../src/metrics/index.ts';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { cpuOf, median, report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

const LPARS = 1_000;
const ROUNDS = 15;

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const simulated = await SimulatedConsole.start(LPARS, 4);
const receiver = new PowerVmReceiver({
  consoles: [{ endpoint: simulated.url, username: simulated.username, password: simulated.password }],
});
await receiver.refresh({ withInventory: false });

const unlimited = () => powerVmReaderOptions().cardinalityLimits.default;
const observing = new ManualReader({ cardinalitySelector: unlimited });
const instruments = new MeterProvider({ readers: [observing] });
registerPowerVmInstruments(instruments.getMeter('bench'), receiver);
const producing = new ManualReader({ metricProducers: [new PowerVmMetricProducer(receiver, { samples: 'latest' })] });
const producer = new MeterProvider({ readers: [producing] });
const view = metricView();

/** Each round works on a sample of its own, as a real collection does. */
const rounds = async (work: () => Promise<unknown>) => {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + 5; round += 1) {
    await simulated.advance(30_000);
    await receiver.refresh({ withInventory: false });
    const time = await cpuOf(work);
    if (round >= 5) times.push(time);
  }
  return median(times);
};
const observables = await rounds(() => observing.collect());
const produced = await rounds(() => producing.collect());
const batches = await rounds(async () => resourceMetricsOf(receiver.frames(), view));
const points = (await producing.collect()).resourceMetrics.scopeMetrics
  .flatMap(({ metrics }) => metrics)
  .reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);

report('partitions', LPARS, '');
report('points', points, '');
report('observable instruments (median CPU)', observables, 'ms');
report('metric producer (median CPU)', produced, 'ms');
report('ratio (bound: 0.1)', produced / observables, 'x');
report('Resource batches (median CPU)', batches, 'ms');

await instruments.shutdown();
await producer.shutdown();
await receiver.stop();
simulated.stop();
