/**
 * What all optional metrics cost on top of the default ones, for 1,000 partitions and 4 VIOSes: one cycle from the console
 * to batches of Resources, and the batches alone.
 *
 *   npm run bench:catalog
 */
import { listMetrics, metricView, resourceMetricsOf } from '../src/metrics/index.ts';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { cpuOf, median, report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

const LPARS = 1_000;
const WARM_UP = 60;
const CYCLES = 80;

const console = await SimulatedConsole.start(LPARS, 4);
const { url: endpoint, username, password } = console;
const receiver = new PowerVmReceiver({ consoles: [{ endpoint, username, password }] });
const allOn = Object.fromEntries(listMetrics().map(({ name }) => [name, { enabled: true }]));
const views = { basic: metricView(), full: metricView({ metrics: allOn }) };

const refreshes: number[] = [];
const batches = { basic: [] as number[], full: [] as number[] };
const points = { basic: 0, full: 0 };

async function measureBatch(choice: 'basic' | 'full'): Promise<void> {
  let made: ReturnType<typeof resourceMetricsOf> = [];
  batches[choice].push(
    await cpuOf(async () => {
      made = resourceMetricsOf(receiver.frames(), views[choice]);
    }),
  );
  points[choice] = made
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

for (let cycle = 0; cycle < WARM_UP + CYCLES; cycle += 1) {
  await console.advance(30_000);
  refreshes.push(await cpuOf(() => receiver.refresh({ withInventory: false })));
  // In turns, so that neither always pays for the garbage of the other.
  const choices = ['basic', 'full'] as const;
  for (const choice of cycle % 2 === 0 ? choices : [...choices].reverse()) await measureBatch(choice);
}
await receiver.stop();
console.stop();

const steady = (values: readonly number[]) => median(values.slice(WARM_UP));
const refresh = steady(refreshes);
const [basic, full] = [steady(batches.basic), steady(batches.full)];
report('points, default metrics', points.basic, '');
report('points, all metrics', points.full, '');
report('refresh (median CPU)', refresh, 'ms');
report('batches, default metrics (median CPU)', basic, 'ms');
report('batches, all metrics (median CPU)', full, 'ms');
report('batches alone, all to default', full / basic, 'x');
report('whole cycle, all to default (bound: 1.5)', (refresh + full) / (refresh + basic), 'x');
