import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock/clock.ts';
import { withTimeLimit } from '../../src/rest/requests/time-limit.ts';
import { afterThisTest } from '../helpers/console.ts';

const LIMIT = 500;

/** Both ends of a connection on loopback. */
async function connection(): Promise<{ readonly here: Socket; readonly there: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const accepted = once(server, 'connection');
  const here = connect(address.port, '127.0.0.1');
  const [there] = await accepted;
  afterThisTest(async () => {
    here.destroy();
    there.destroy();
    server.close();
  });
  return { here, there };
}

test('an answer that came while this process stood still is heard, however long it stood', async () => {
  const { here, there } = await connection();
  const reply = withTimeLimit(LIMIT, systemClock, async (signal) => {
    const [data] = await once(here, 'data', { signal });
    return String(data);
  });
  // It is there before the process continues, and longer than the limit no one can look.
  there.write('answer');
  const until = performance.now() + 3 * LIMIT;
  while (performance.now() < until) Math.sqrt(until);
  expect(await reply).toBe('answer');
});

test('an answer that does not come is not waited for', async () => {
  const { here } = await connection();
  const reply = withTimeLimit(LIMIT, systemClock, (signal) => once(here, 'data', { signal }));
  await expect(reply).rejects.toThrow();
});
