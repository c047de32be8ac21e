import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import type { Logger } from '../../../src/base/logger.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import type { PowerVmSimulator } from '../../../src/simulator/index.ts';
import { afterThisTest, startSimulator } from '../../helpers/console.ts';

const MINUTE = 60_000;

/** Two consoles that manage one system, the second of which stamps every instant some seconds later. */
async function twoConsoles(clockOffset: number) {
  const clock = new ManualClock(Date.parse('2026-03-04T12:00:10Z'));
  const simulator = await startSimulator({ lpars: 2, now: () => clock.now(), consoles: [{}, { clockOffset }] });
  const settle = async () => {
    for (let quiet = 0, before = ''; quiet < 4; ) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const now = JSON.stringify(simulator.requestLog.map(({ requests, statuses }) => [requests, statuses]));
      quiet = now === before && isQuiet(simulator) ? quiet + 1 : 0;
      before = now;
    }
  };
  const messages: string[] = [];
  const note = (fields: object, message: string) => messages.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: () => undefined, info: note, warn: note, error: note };
  const { username, password } = simulator;
  const receiver = new PowerVmReceiver({
    consoles: simulator.consoles.map(({ url }) => ({ endpoint: url, username, password, clock })),
    clock,
    logger,
    jitter: 0,
    historyLimit: 200,
  });
  afterThisTest(() => receiver.stop());
  const cursor = receiver.cursor('test');
  await receiver.start();
  await settle();
  const [first, second] = simulator.consoles;
  if (!first || !second) throw new Error('two consoles, please');
  return {
    simulator,
    receiver,
    first,
    second,
    cursor,
    messages,
    pass: (milliseconds: number) => clock.advance(milliseconds, settle),
    /** Of every instant that was delivered: the system's uptime and the stamp, both in half minutes. */
    instants: () => {
      const fresh = cursor.pending().filter(({ sample }) => sample.fresh.hypervisor);
      return fresh.map(({ time, sample: { hypervisor } }) => {
        const cycles = Number(hypervisor.timebaseCycles) / Number(hypervisor.cyclesPerSecond);
        return { time, uptime: Math.round(cycles / 30) };
      });
    },
    consoleOf: () => receiver.systems()[0]?.console,
  };
}

function isQuiet({ requestLog }: PowerVmSimulator): boolean {
  const sum = (counts: object) => Object.values(counts).reduce((total: number, count) => total + Number(count), 0);
  return requestLog.every(({ requests, statuses }) => sum(requests) === sum(statuses));
}

function expectEachOnce(instants: readonly { readonly uptime: number }[], atLeast: number): void {
  const [first] = instants;
  expect(instants.map(({ uptime }) => uptime)).toEqual(instants.map((_, index) => (first?.uptime ?? 0) + index));
  expect(instants.length).toBeGreaterThanOrEqual(atLeast);
}

describe.each([4_000, -4_000, 0])('two consoles of one system, stamps %i ms apart', (clockOffset) => {
  test('polling moves when the first fails and returns when it recovers, without lost or duplicate samples', async () => {
    const world = await twoConsoles(clockOffset);
    const { first, second } = world;
    await world.pass(7 * MINUTE);
    expect(world.consoleOf()).toBe(first.url);
    first.intercept = () => ({ breakConnection: true });
    await world.pass(6 * MINUTE);
    expect(world.consoleOf()).toBe(second.url);
    first.intercept = undefined;
    await world.pass(4 * MINUTE);
    // It is not trusted at once.
    expect(world.consoleOf()).toBe(second.url);
    await world.pass(16 * MINUTE);
    expect(world.consoleOf()).toBe(first.url);
    expectEachOnce(world.instants(), 64);
    // A VIOS document serves one instant, whoever gave it.
    const served = world.cursor.pending().flatMap(({ sample }) => [...sample.fresh.vioses]);
    expect(served.filter((number) => number === 1)).toHaveLength(world.instants().length);
    expect(world.receiver.statistics().systems[0]?.gaps).toEqual([]);
  });
});

test('polling moves when a console responds without new samples', async () => {
  const world = await twoConsoles(0);
  const { first, second } = world;
  await world.pass(6 * MINUTE);
  const stopped = world.instants().at(-1)?.time ?? 0;
  first.intercept = ({ path, query }) => {
    const since = Date.parse(query.get('StartTS') ?? '');
    return path.endsWith('LongTermMonitor') && since > 0 && stopped > 0 ? { status: 204, body: '' } : undefined;
  };
  await world.pass(8 * MINUTE);
  expect(world.consoleOf()).toBe(second.url);
  expectEachOnce(world.instants(), 27);
});
