/**
 * Catching up 60 instants of a system with 1,000 partitions, against the same 60 instants read live, both to batches of
 * points: processor time, and the heap after collection.
 *
 *   npm run bench:catch-up
 */
import { ManualClock } from '../src/base/clock/manual-clock.ts';
import type { FrameActivity } from '../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../src/metrics/index.ts';
import { PowerVmReceiver, type SampleDelivery, type SamplePosition } from '../src/receiver/index.ts';
import { cpuOf, report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

const LPARS = 1_000;
const VIOSES = 4;
const INSTANTS = 60;
const WARM_UP = 20;

const console = await SimulatedConsole.start(LPARS, VIOSES);
const { url: endpoint, username, password } = console;
const clock = new ManualClock(Date.parse('2026-03-04T12:00:10Z'));
const view = metricView();

/** A reader that makes points of every sample and has done with it. */
class Reader {
  readonly positions = new Map<string, SamplePosition>();
  readonly receiver = new PowerVmReceiver({ consoles: [{ endpoint, username, password, clock }], clock, jitter: 0 });
  samples = 0;
  points = 0;
  /** Bytes of heap after collection, one for each sample. */
  readonly heaps: number[] = [];
  #measuresHeap = false;

  constructor(positions: ReadonlyMap<string, SamplePosition> = new Map()) {
    this.receiver.subscribe(
      'bench',
      { take: (delivery) => this.#take(delivery), hasCapacity: () => true },
      { positions, onMove: (systemId, position) => this.positions.set(systemId, position) },
    );
  }

  measureHeap(): void {
    this.#measuresHeap = true;
  }

  /** Until it has so many samples; time stands still meanwhile. */
  async until(samples: number): Promise<void> {
    while (this.samples < samples) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #take({ activity, acknowledge }: SampleDelivery): boolean {
    this.points += pointsOf(activity);
    if (this.#measuresHeap) {
      globalThis.gc?.();
      this.heaps.push(process.memoryUsage().heapUsed);
    }
    this.samples += 1;
    acknowledge();
    return true;
  }
}

/** In a frame of its own: whether one that continues holds what it has done with depends on how far it was compiled. */
function pointsOf(activity: FrameActivity): number {
  return resourceMetricsOf([activity], view)
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .reduce((count, { dataPoints }) => count + dataPoints.length, 0);
}

async function halfMinute(reader: Reader): Promise<void> {
  const next = reader.samples + 1;
  await console.advance(30_000);
  await clock.advance(30_000);
  await reader.until(next);
  await asleep();
}

/** Until reading and discovery wait for the clock again. */
async function asleep(): Promise<void> {
  while (clock.sleepers < 2) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function live(instants: number, reader: Reader): Promise<void> {
  for (let instant = 0; instant < instants; instant += 1) await halfMinute(reader);
}

/** Half an hour as it comes, and where the reading began. The receiver is gone afterwards. */
async function readLive(measuresHeap: boolean) {
  const reader = new Reader();
  await reader.receiver.start();
  await asleep();
  await live(WARM_UP, reader);
  const begin = new Map(reader.positions);
  if (measuresHeap) reader.measureHeap();
  const { samples, points } = reader;
  const cpu = await cpuOf(() => live(INSTANTS - 2, reader));
  await reader.receiver.stop();
  return { begin, cpu, samples: reader.samples - samples, points: reader.points - points, heaps: reader.heaps };
}

/** Reads half an hour live, and the same half hour again from where the reading began. */
async function round(measuresHeap: boolean) {
  const { begin, cpu: liveCpu, samples, points, heaps } = await readLive(measuresHeap);
  const reader = new Reader(begin);
  if (measuresHeap) reader.measureHeap();
  const requestsBefore = await console.advance(0);
  const catchUpCpu = await cpuOf(async () => {
    await reader.receiver.start();
    await reader.until(samples);
  });
  const requests = (await console.advance(0)) - requestsBefore;
  await reader.receiver.stop();
  if (reader.points !== points) throw new Error(`caught up ${reader.points} points instead of ${points}`);
  return { liveCpu, catchUpCpu, requests, live: heaps, caughtUp: reader.heaps };
}

await round(false);
const rounds = [await round(false), await round(false), await round(false)];
for (const { liveCpu, catchUpCpu, requests } of rounds) {
  report(`${INSTANTS - 2} instants live (CPU)`, liveCpu, 'ms');
  report('the same by catching up (CPU)', catchUpCpu, 'ms');
  report('ratio (bound: 4)', catchUpCpu / liveCpu, 'x');
  report('requests of catching up', requests, '');
}
const { live: steady, caughtUp } = await round(true);
report('heap after collection, live, largest', Math.max(...steady) / 1e6, 'MB');
report('heap after collection, catching up, largest', Math.max(...caughtUp) / 1e6, 'MB');
report('ratio (bound: 1.5)', Math.max(...caughtUp) / Math.max(...steady), 'x');
console.stop();
