import { expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * A page with `history: true` and `top --history` read the last half hour while PCM throws its oldest documents away. That
 * was logged as documents that could not be used, counted as lost samples, and shown as a warning on a healthy estate.
 */
test('what PCM throws away while a reader looks back is neither a loss nor a fault of a document', async () => {
  const log = new RecordedLog();
  const time = await simulatedTime({ lpars: 2, vioses: 1 });
  const countRequest = time.simulator.intercept;
  time.simulator.intercept = (request) => {
    countRequest?.(request);
    // Listed, and gone by the time that it is asked for: VIOSes and energy of 11:31:00 and 11:31:30.
    return /_(vios_1|fsp)_20260304T1131[03]0/.test(request.path) ? { status: 404, body: 'File not found' } : undefined;
  };
  const { clock } = time;
  const consoles = [optionsFor(time.simulator, { clock })];
  const receiver = new PowerVmReceiver({ consoles, clock, jitter: 0, logger: log });
  afterThisTest(() => receiver.stop());
  const seen: number[] = [];
  receiver.subscribe(
    'viewer',
    {
      take: ({ activity, acknowledge }) => {
        seen.push(activity.time);
        acknowledge();
        return true;
      },
      hasCapacity: () => true,
    },
    { lookBack: 58 },
  );
  await receiver.start();
  for (let step = 0; step < 6; step += 1) await time.pass(30_000);

  expect(seen.map((instant) => new Date(instant).toISOString())).toContain('2026-03-04T11:31:30.000Z');
  const [system] = receiver.statistics().systems;
  expect(system?.gaps).toEqual([]);
  expect(new Set(system?.documentErrors.map(({ errorType }) => errorType))).toEqual(new Set(['PURGED']));
  expect(log.at('warn')).toEqual([]);
});
