import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { ConfigurationError } from '../../../src/base/errors/errors.ts';
import type { ConsoleEntry } from '../../../src/receiver/consoles/console-entry.ts';
import { ConsoleRegistry } from '../../../src/receiver/consoles/console-registry.ts';
import { type PowerVmReceiverOptions, receiverSettings } from '../../../src/receiver/options.ts';
import { ReceiverEvents, type ReceiverStatus } from '../../../src/receiver/receiver-events.ts';
import { StatisticsRecorder } from '../../../src/receiver/statistics/statistics-recorder.ts';
import type { ConsoleOptions } from '../../../src/rest/index.ts';
import type { PowerVmSimulatorOptions } from '../../../src/simulator/index.ts';
import { afterThisTest, onlySystem, optionsFor, startSimulator } from '../../helpers/console.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

const START = Date.parse('2026-03-04T12:00:10Z');
const { signal } = new AbortController();

function registryOf(
  consoles: readonly ConsoleOptions[],
  {
    clock = new ManualClock(START),
    ...options
  }: Partial<PowerVmReceiverOptions> & { readonly clock?: ManualClock } = {},
) {
  const logger = new RecordedLog();
  const settings = receiverSettings({ consoles, ...options });
  const events = new ReceiverEvents(logger);
  const states: Pick<ReceiverStatus, 'console' | 'state'>[] = [];
  events.onStatus(({ console, state }) => states.push({ console, state }));
  const statistics = new StatisticsRecorder(clock, settings.staleAfter);
  const registry = new ConsoleRegistry(consoles, { settings, statistics, events, clock, logger });
  afterThisTest(async () => {
    await Promise.all(registry.entries.map((entry) => registry.logOff(entry)));
  });
  return { registry, events, states, statistics, logger };
}

function first({ entries }: ConsoleRegistry): ConsoleEntry {
  const [entry] = entries;
  if (!entry) throw new Error('there is no console');
  return entry;
}

describe('discovery', () => {
  test('notes which systems a console lists, and passes on those that the filters keep', async () => {
    const simulator = await startSimulator({ systems: 2, lpars: 1 });
    const [wanted, other] = simulator.systems;
    const { registry } = registryOf([optionsFor(simulator)], { systems: ({ id }) => id === wanted?.id });
    const found = await registry.discover(first(registry), signal);
    expect(found.map(({ id }) => id)).toEqual([wanted?.id]);
    expect(registry.isListed(wanted?.id ?? '')).toBe(true);
    expect(registry.isListed(other?.id ?? '')).toBe(false);
  });

  test('asks a fleet about the systems that the filters keep, and reads those that it admits', async () => {
    const simulator = await startSimulator({ systems: 2, lpars: 1 });
    const [admitted, others] = simulator.systems;
    const asked: unknown[] = [];
    const { registry } = registryOf([optionsFor(simulator)], {
      admitsSystems: async (console, ids) => {
        asked.push([console, [...ids].sort()]);
        return new Set([admitted?.id ?? '']);
      },
    });
    const found = await registry.discover(first(registry), signal);
    expect(found.map(({ id }) => id)).toEqual([admitted?.id]);
    expect(asked).toEqual([[simulator.url, [admitted?.id, others?.id].sort()]]);
  });

  test('fails when the filters keep none of the systems, and says how many there are', async () => {
    const simulator = await startSimulator({ lpars: 1 });
    const { registry } = registryOf([optionsFor(simulator)], { systems: () => false });
    await expect(registry.discover(first(registry), signal)).rejects.toMatchObject({
      code: 'POWERVM_NO_SYSTEM',
      message: expect.stringContaining('the filters keep none of 1 managed systems'),
    });
  });
});

/** One console that is looked at periodically, with the time in the hands of the test. */
async function watched(options: PowerVmSimulatorOptions, overrides: Partial<ConsoleOptions> = {}) {
  const time = await simulatedTime({ lpars: 1, ...options });
  const { clock, simulator } = time;
  const made = registryOf([optionsFor(simulator, { clock, ...overrides })], { clock, discoveryInterval: 600_000 });
  const { registry } = made;
  const stop = new AbortController();
  const discovered: number[] = [];
  let firstAttempts = 0;
  const ended = registry.discoverPeriodically(
    first(registry),
    stop.signal,
    async (console) => {
      const systems = await registry.discover(console, stop.signal);
      discovered.push(systems.length);
    },
    () => {
      firstAttempts += 1;
    },
  );
  afterThisTest(async () => {
    stop.abort(new Error('the test is over'));
    await ended;
  });
  await time.settle();
  return { ...made, ...time, discovered, ended, stop, attempts: () => firstAttempts };
}

describe('a console that is looked at periodically', () => {
  test('is asked again after the discovery interval, and not before', async () => {
    const { pass, discovered, states, simulator } = await watched({});
    expect(discovered).toEqual([1]);
    await pass(590_000);
    expect(discovered).toEqual([1]);
    await pass(20_000);
    expect(discovered).toEqual([1, 1]);
    expect(states).toEqual([{ console: simulator.url, state: 'working' }]);
  });

  test('that fails is retried after growing pauses, and logged once until it answers again', async () => {
    let isDown = true;
    const { pass, discovered, states, logger, attempts } = await watched({
      intercept: ({ path }) => (isDown && path.includes('ManagedSystem') ? { status: 500, body: 'broken' } : undefined),
    });
    expect(discovered).toEqual([]);
    expect(attempts()).toBe(1);
    await pass(200_000);
    expect(states.map(({ state }) => state)).toEqual(['failing']);
    expect(logger.at('warn').filter(({ message }) => message.includes('trying again'))).toHaveLength(1);
    isDown = false;
    await pass(600_000);
    expect(discovered.length).toBeGreaterThan(0);
    expect(states.map(({ state }) => state)).toEqual(['failing', 'working']);
    expect(logger.at('info').filter(({ message }) => message === 'the console answers again')).toHaveLength(1);
  });

  test('that refuses the logon is given up, reported as refused and logged with the remedy', async () => {
    const { ended, registry, states, logger, simulator, events } = await watched({}, { password: 'wrong' });
    await ended;
    await expect(events.firstSample).rejects.toMatchObject({ code: 'POWERVM_LOGON_REFUSED' });
    expect(states).toEqual([{ console: simulator.url, state: 'refused' }]);
    expect(registry.refusedEndpoints()).toEqual([simulator.url]);
    expect(logger.at('error')).toEqual([
      expect.objectContaining({
        message: 'the console is not asked again until the configuration changes',
        fields: expect.objectContaining({ code: 'POWERVM_LOGON_REFUSED', remedy: expect.any(String) }),
      }),
    ]);
  });
});

test('requests are counted for their console, and an error of onRequest is only logged', async () => {
  const simulator = await startSimulator({ lpars: 1 });
  const onRequest = () => {
    throw new Error('of the embedding program');
  };
  const { registry, statistics, logger } = registryOf([optionsFor(simulator, { onRequest })]);
  await registry.discover(first(registry), signal);
  const [console] = statistics.snapshot().consoles;
  expect(console?.requests.reduce((sum, { count }) => sum + count, 0)).toBe(simulator.requests.length);
  expect(logger.at('error')[0]).toMatchObject({
    message: 'onRequest of a console failed',
    fields: { reason: 'of the embedding program' },
  });
});

test('a console is logged off, and one that cannot be reached any more costs a warning and no error', async () => {
  const simulator = await startSimulator({ lpars: 1 });
  const { registry, logger } = registryOf([optionsFor(simulator)]);
  const entry = first(registry);
  await registry.discover(entry, signal);
  await simulator.stop();
  await registry.logOff(entry);
  expect(logger.lines).toEqual([
    expect.objectContaining({ level: 'warn', message: expect.stringContaining('did not take the logoff') }),
  ]);
});

test('consoles wait to be adopted where the program shares them with others', async () => {
  const simulator = await startSimulator({ lpars: 1 });
  const { registry } = registryOf([optionsFor(simulator)], { waitsForConsoles: true });
  expect(registry.held()).toEqual([]);
  first(registry).adopt();
  expect(registry.held()).toHaveLength(1);
  expect((await registry.discover(first(registry), signal)).map(({ id }) => id)).toEqual([onlySystem(simulator).id]);
});

test('options that no console can have are refused when the registry is made', () => {
  expect(() => registryOf([{ endpoint: 'ftp://hmc1' }])).toThrow(ConfigurationError);
});
