import { describe, expect, test } from 'vitest';
import type { FrameActivity } from '../../../src/inspector/index.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import { afterThisTest, onlySystem, optionsFor } from '../../helpers/console.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

const MINUTE = 60_000;

interface Choices {
  /** What the raw feed answers instead of its own. */
  readonly raw?: (time: number) => { status: number; body?: string } | undefined;
  readonly aggregation?: boolean;
}

/** A receiver of a console whose processed energy feed is a minute late, as a real one is. */
async function energyOf({ raw = () => undefined, aggregation = true }: Choices, minutes: number) {
  const time = await simulatedTime({ lpars: 2 });
  const { id } = onlySystem(time.simulator);
  time.simulator.monitoring(id).aggregation = aggregation;
  const requested: string[] = [];
  const count = time.simulator.intercept;
  time.simulator.intercept = (request) => {
    count?.(request);
    if (!/EnergyMonitor|ProcessedMetrics/.test(request.path)) return undefined;
    requested.push(request.path);
    if (request.path.endsWith('/RawMetrics/EnergyMonitor')) return raw(time.clock.now());
    const newest = Math.floor((time.clock.now() - 50_000) / 30_000) * 30_000;
    if (request.path.endsWith('/ProcessedMetrics')) return { status: 200, body: processedFeed(id, newest) };
    return request.path.includes('EnergyMetrics_') ? { status: 200, body: processedDocument(newest) } : undefined;
  };
  const receiver = new PowerVmReceiver({
    consoles: [optionsFor(time.simulator, { clock: time.clock })],
    clock: time.clock,
    jitter: 0,
  });
  afterThisTest(() => receiver.stop());
  const seen: FrameActivity[] = [];
  receiver.onActivity((activity) => seen.push(activity));
  await receiver.start();
  await time.settle();
  await time.pass(minutes * MINUTE);
  const reported = seen.flatMap(({ system: { energy } }) => (energy?.fresh ? [energy] : []));
  return { reported, requested, errors: receiver.statistics().systems[0]?.documentErrors ?? [] };
}

const stamp = (time: number) => `${new Date(time).toISOString().slice(0, 19)}+0000`;

function processedFeed(systemId: string, newest: number): string {
  const file = `EnergyMetrics_ManagedSystem_${systemId}_${newest}_30.json`;
  return (
    `<feed xmlns="http://www.w3.org/2005/Atom"><entry><updated>${new Date(newest).toISOString()}</updated><title>${file}</title>` +
    `<link type="application/json" href="https://10.0.0.1:12443/rest/api/pcm/ProcessedMetrics/${file}"/>` +
    '<category term="ManagedSystem" frequency="30"/></entry></feed>'
  );
}

function processedDocument(newest: number): string {
  return JSON.stringify({
    systemUtil: {
      utilInfo: { metricArrayOrder: ['AVG'] },
      utilSamples: [newest, newest - 30_000].map((time) => ({
        sampleInfo: { timeStamp: stamp(time), status: 0 },
        energyUtil: { powerUtil: { powerReading: [407] }, thermalUtil: {} },
      })),
    },
  });
}

const steps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

describe('energy', () => {
  test('is read from the raw feed where available, without reading the processed feed', async () => {
    const { reported, requested } = await energyOf({}, 5);
    expect(reported.length).toBeGreaterThanOrEqual(10);
    expect(requested.some((path) => path.includes('Processed'))).toBe(false);
  });

  test.each([
    ['is refused', () => ({ status: 403, body: 'no' })],
    ['has never had any', () => ({ status: 204 })],
  ])('is read from the processed feed where the raw feed %s, every sample once', async (_what, raw) => {
    const { reported, requested } = await energyOf({ raw }, 5);
    expect(reported.length).toBeGreaterThanOrEqual(8);
    expect(new Set(steps(reported.map(({ time }) => time)))).toEqual(new Set([30_000]));
    expect(reported.every(({ powerWatts }) => powerWatts === 407)).toBe(true);
    // Once it is known where the energy is, no one asks elsewhere.
    expect(requested.filter((path) => path.endsWith('/EnergyMonitor')).length).toBeLessThanOrEqual(2);
  });

  test('that pauses for a quarter of an hour stays raw', async () => {
    const began = Date.parse('2026-03-04T12:02:00Z');
    const raw = (now: number) => (now > began && now < began + 15 * MINUTE ? { status: 204 } : undefined);
    const { reported, requested, errors } = await energyOf({ raw }, 20);
    expect(requested.some((path) => path.includes('Processed'))).toBe(false);
    expect(errors).toEqual([]);
    expect(reported.at(-1)?.time).toBeGreaterThan(began + 15 * MINUTE);
  });

  test('that is unavailable affects nothing else, and is counted', async () => {
    const { reported, requested, errors } = await energyOf(
      { raw: () => ({ status: 403, body: 'no' }), aggregation: false },
      3,
    );
    expect(reported).toEqual([]);
    expect(requested.some((path) => path.includes('Processed'))).toBe(false);
    expect(errors).toEqual([
      { document: 'energy', errorType: expect.stringMatching(/^POWERVM_/), count: expect.any(Number) },
    ]);
  });
});
