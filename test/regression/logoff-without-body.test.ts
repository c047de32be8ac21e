import { expect, test } from 'vitest';
import { connect, startSimulator } from '../helpers/console.ts';

// got waits for the body of a DELETE until it knows that there is none: every logoff took six seconds, reached the
// console too late or never, and left the session behind.
test('a logoff is sent at once', async () => {
  const simulator = await startSimulator();
  const console = connect(simulator);
  await console.managedSystems();
  await console.logoff();
  expect(simulator.requests.at(-1)).toEqual({ method: 'DELETE', path: '/rest/api/web/Logon', status: 204 });
  expect(simulator.sessions.active).toBe(0);
});
