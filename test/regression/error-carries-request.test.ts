import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { connect, startSimulator } from '../helpers/console.ts';

/** Everything that a log could ever print of an error: its causes, and what is not enumerable. */
const everythingOf = (error: unknown) => inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });

test.each([
  ['that nobody answers', { breakConnection: true }],
  ['that is refused', { status: 401 }],
  ['that is not understood', { status: 200, body: 'hello' }],
])('a logon error %s does not contain the password at any depth', async (_what, fault) => {
  const simulator = await startSimulator({ password: 'topsecret' });
  simulator.intercept = () => fault;
  const error = await connect(simulator)
    .managedSystems()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(everythingOf(error)).not.toContain('topsecret');
});

test('a request error does not contain the session', async () => {
  const simulator = await startSimulator();
  const tokens: string[] = [];
  const console = connect(simulator);
  await console.managedSystems();
  simulator.intercept = ({ headers }) => {
    tokens.push(headers['x-api-session'] ?? '');
    return { breakConnection: true };
  };
  const error = await console.managedSystems().catch((reason: unknown) => reason);
  expect(tokens[0]).toHaveLength(215);
  expect(everythingOf(error)).not.toContain(tokens[0]?.slice(0, 20));
});
