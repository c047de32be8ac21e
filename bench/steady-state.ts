/**
 * A day of a system with 20 partitions: held data, handles and sessions after 24 simulated hours against
 * those after one. Everything in one process, by one clock.
 *
 *   npm run bench:steady-state
 */
import { ManualClock } from '../src/base/clock/manual-clock.ts';
import { metricView, resourceMetricsOf } from '../src/metrics/index.ts';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { heapParts } from './helpers/heap.ts';
import { report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

const HOUR = 120;
const console = await SimulatedConsole.start(20, 2);
const { url: endpoint, username, password } = console;
const clock = new ManualClock(Date.parse('2026-03-04T12:00:10Z'));
const receiver = new PowerVmReceiver({ consoles: [{ endpoint, username, password, clock }], clock, jitter: 0 });
const view = metricView();
let samples = 0;
receiver.subscribe('bench', {
  take: ({ activity, acknowledge }) => {
    resourceMetricsOf([activity], view);
    samples += 1;
    acknowledge();
    return true;
  },
  hasCapacity: () => true,
});

async function hours(count: number): Promise<void> {
  for (let cycle = 0; cycle < count * HOUR; cycle += 1) {
    const next = samples + 1;
    await console.advance(30_000);
    await clock.advance(30_000);
    while (samples < next || clock.sleepers < 2) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure() {
  return { ...(await heapParts()), handles: process.getActiveResourcesInfo().length };
}

await receiver.start();
while (clock.sleepers < 2) await new Promise((resolve) => setImmediate(resolve));
await hours(1);
const first = await measure();
await hours(23);
const last = await measure();
report('held data after one hour', first.data, 'MB');
report('held data after 24 hours', last.data, 'MB');
report('ratio (aim: 1)', last.data / first.data, 'x');
report('compiled code after one hour', first.code, 'MB');
report('compiled code after 24 hours', last.code, 'MB');
report('handles after one hour', first.handles, '');
report('handles after 24 hours', last.handles, '');
report('sessions after 24 hours', await console.sessions(), '');
await receiver.stop();
report('sessions after the end', await console.sessions(), '');
console.stop();
