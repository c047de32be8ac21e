import { expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

test('a document more than an instant late does not cause other documents to be fetched twice', async () => {
  // Processed energy is listed two minutes late.
  const { clock, simulator, pass } = await simulatedTime({ lpars: 2, vioses: 1, energy: 'processed' });
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock });
  afterThisTest(() => receiver.stop());
  const cursor = receiver.cursor('reader');
  const watts: number[] = [];
  await receiver.start();
  for (let minute = 0; minute < 8; minute += 1) {
    await pass(60_000);
    for (const activity of cursor.pending()) {
      const { energy } = activity.system;
      if (energy?.fresh && energy.powerWatts !== undefined) watts.push(energy.time);
      cursor.acknowledge(activity);
    }
  }
  const documents = simulator.requests.map((request) => request.path).filter((path) => path.endsWith('.json'));
  expect(documents.filter((path, index) => documents.indexOf(path) !== index)).toEqual([]);
  expect(new Set(watts).size).toBe(watts.length);
  expect(watts.length).toBeGreaterThan(8);
});
