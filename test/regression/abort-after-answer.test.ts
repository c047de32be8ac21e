import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { connect, startSimulator } from '../helpers/console.ts';

// got listened to the signal beyond the response: stopping the receiver made requests of the past emit errors that
// no one handled (with the session token in the dump), and a long life collected listeners.
test('a completed request is not affected by a later abort', async () => {
  const simulator = await startSimulator();
  const console = connect(simulator);
  const interruption = new AbortController();
  for (let request = 0; request < 5; request += 1) await console.managedSystems(interruption.signal);
  expect(getEventListeners(interruption.signal, 'abort')).toHaveLength(0);
  interruption.abort();
  // An unhandled error would end the test run.
  await new Promise((resolve) => setTimeout(resolve, 20));
});
