import { expect, test } from 'vitest';
import { ConsoleError } from '../../src/base/errors/errors.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../src/rest/model.ts';
import { afterThisTest, connect } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const MINUTE = 60_000;

/**
 * What our own circuit breaker refuses never reached the console, and once counted as one of the tries after which a
 * document is given up.
 */
test('a document that the circuit breaker kept from being asked for is not given up, however often', async () => {
  const { clock, simulator, settle, pass } = await simulatedTime({ lpars: 2 });
  const client = connect(simulator, { clock });
  const refusal = new ConsoleError('POWERVM_CONSOLE_BUSY', 'left alone for 7 s', { context: { retryInSeconds: 7 } });
  let kept: string | undefined;
  let refusals = 0;
  const guarded: ConsoleClient = new Proxy(client, {
    get: (target, name) => {
      if (name !== 'pcmDocument') {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async (entry: PcmFeedEntry, signal?: AbortSignal) => {
        if (entry.category === 'phyp' && clock.now() >= from) kept ??= entry.fileName;
        if (entry.fileName === kept && clock.now() < until) {
          refusals += 1;
          throw refusal;
        }
        return target.pcmDocument(entry, signal);
      };
    },
  });
  const from = clock.now() + 2 * MINUTE;
  const until = clock.now() + 8 * MINUTE;
  const receiver = new PowerVmReceiver({ consoles: [guarded], clock, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const cursor = receiver.cursor('exporter');
  await receiver.start();
  await settle();
  await pass(12 * MINUTE);
  expect(refusals).toBeGreaterThan(5);
  expect(receiver.statistics().systems.flatMap(({ gaps }) => gaps)).toEqual([]);
  const instants = new Set(cursor.pending().flatMap(({ sample, time }) => (sample.fresh.hypervisor ? [time] : [])));
  expect(instants.size).toBeGreaterThanOrEqual(24);
});
