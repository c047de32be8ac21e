import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { ConsoleError } from '../../../src/base/errors/errors.ts';
import { CircuitBreaker } from '../../../src/rest/requests/circuit-breaker.ts';

const down = new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'hmc: nothing listens there');
const healthy = () => undefined;

function setUp() {
  const clock = new ManualClock(0);
  const breaker = new CircuitBreaker('hmc', clock);
  let sent = 0;
  const fail = () =>
    breaker
      .run(async () => {
        sent += 1;
        throw down;
      }, healthy)
      .catch((error: unknown) => error);
  const succeed = () =>
    breaker.run(async () => {
      sent += 1;
      return 'fine';
    }, healthy);
  return { clock, breaker, fail, succeed, sent: () => sent };
}

describe('a circuit breaker', () => {
  test('opens after five failures in a row and then sends nothing', async () => {
    const { breaker, fail, succeed, sent } = setUp();
    for (let count = 0; count < 4; count += 1) await fail();
    await succeed();
    expect(breaker.state).toBe('closed');
    for (let count = 0; count < 5; count += 1) await fail();
    expect(breaker.state).toBe('open');
    const before = sent();
    await expect(succeed()).rejects.toMatchObject({ code: 'POWERVM_CONSOLE_UNREACHABLE', cause: down });
    expect(sent()).toBe(before);
  });

  test('lets one probe through after the pause; other requests wait for its outcome', async () => {
    const { clock, breaker, fail, succeed } = setUp();
    for (let count = 0; count < 5; count += 1) await fail();
    await clock.advance(13_000);
    expect(breaker.state).toBe('half_open');
    let reply: (text: string) => void = () => undefined;
    const probe = breaker.run(
      () =>
        new Promise<string>((resolve) => {
          reply = resolve;
        }),
      healthy,
    );
    const others = [succeed(), succeed()];
    let settled = 0;
    for (const other of others) void other.then(() => (settled += 1));
    await clock.advance(0);
    expect(settled).toBe(0);
    reply('fine');
    await Promise.all([probe, ...others]);
    expect(breaker.state).toBe('closed');
  });

  test('pauses longer after every failed probe, at most 75 seconds', async () => {
    const { clock, breaker, fail } = setUp();
    for (let count = 0; count < 5; count += 1) await fail();
    const pauses: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      pauses.push(breaker.remainingPause);
      await clock.advance(breaker.remainingPause);
      await fail();
    }
    expect(pauses[0]).toBeLessThan(13_000);
    expect(Math.min(...pauses.slice(3))).toBeGreaterThan(40_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(75_000);
    expect(breaker.openings).toBe(7);
  });

  test('honours Retry-After at once and in full', async () => {
    const { clock, breaker, succeed } = setUp();
    await breaker.run(
      async () => 503,
      () => ({ error: down, pause: 120_000 }),
    );
    await clock.advance(119_000);
    expect(breaker.state).toBe('open');
    await clock.advance(1_000);
    await succeed();
    expect(breaker.state).toBe('closed');
  });

  test('an interrupted probe proves nothing, and the next request probes again', async () => {
    const { clock, breaker, fail, succeed } = setUp();
    for (let count = 0; count < 5; count += 1) await fail();
    await clock.advance(13_000);
    await expect(breaker.run(() => Promise.reject(new Error('interrupted')), healthy)).rejects.toThrow('interrupted');
    expect(breaker.state).toBe('half_open');
    await succeed();
    expect(breaker.state).toBe('closed');
  });
});
