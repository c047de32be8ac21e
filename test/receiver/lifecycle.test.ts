import { DiagLogLevel, diag } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { PowerVmReceiver, type PowerVmReceiverOptions, type ReceiverStatus } from '../../src/receiver/index.ts';
import { type ConsoleOptions, PowerVmConsole } from '../../src/rest/index.ts';
import { afterThisTest, hurriedClock, optionsFor, startSimulator } from '../helpers/console.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { type SimulatedTime, simulatedTime } from '../helpers/simulated-time.ts';

const MINUTE = 60_000;

function receiverOf(time: SimulatedTime, options: Partial<PowerVmReceiverOptions> = {}): PowerVmReceiver {
  const { clock, simulator } = time;
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0, ...options });
  afterThisTest(() => receiver.stop());
  return receiver;
}

/** How many samples of the present come in two minutes. */
async function samplesOf(receiver: PowerVmReceiver, time: SimulatedTime): Promise<number> {
  let count = 0;
  const end = receiver.onActivity(() => {
    count += 1;
  });
  await time.pass(2 * MINUTE);
  end();
  return count;
}

async function stopped(receiver: PowerVmReceiver, time: SimulatedTime): Promise<void> {
  await receiver.stop();
  await time.settle();
}

describe('a receiver', () => {
  test('continues after every stop and start, and after a refresh', async () => {
    const time = await simulatedTime();
    const receiver = receiverOf(time);
    for (let round = 0; round < 3; round += 1) {
      await receiver.start();
      await time.settle();
      expect(await samplesOf(receiver, time), `round ${round}`).toBeGreaterThanOrEqual(4);
      await stopped(receiver, time);
      expect(time.simulator.sessions.active).toBe(0);
      expect(await samplesOf(receiver, time), `stopped ${round}`).toBe(0);
      expect((await receiver.refresh()).failures).toEqual([]);
      expect(receiver.frames()).toHaveLength(1);
    }
  });

  test('delivers to a cursor every sample from before, during and after a stop', async () => {
    const time = await simulatedTime();
    const receiver = receiverOf(time);
    const cursor = receiver.cursor('test');
    const seen = new Set<number>();
    receiver.onActivity(() => {
      for (const activity of cursor.pending()) {
        if (activity.sample.fresh.hypervisor) seen.add(activity.time);
        cursor.acknowledge(activity);
      }
    });
    await receiver.start();
    await time.pass(2 * MINUTE);
    await stopped(receiver, time);
    await time.pass(3 * MINUTE);
    await receiver.start();
    await time.pass(3 * MINUTE);
    const times = [...seen].sort((left, right) => left - right);
    const steps = times.slice(1).map((instant, index) => instant - (times[index] ?? 0));
    expect(
      steps.every((step) => step === 30_000),
      `${steps}`,
    ).toBe(true);
    expect(times.length).toBeGreaterThanOrEqual(14);
  });

  test('that is started and stopped at once ends in the last requested state', async () => {
    const time = await simulatedTime();
    const receiver = receiverOf(time);
    const started = receiver.start();
    const stopping = receiver.stop();
    const again = receiver.start();
    await Promise.all([started, stopping, again]);
    await time.settle();
    expect(await samplesOf(receiver, time)).toBeGreaterThanOrEqual(4);
    const last = [receiver.stop(), receiver.start(), receiver.stop()];
    await Promise.all(last);
    expect(await samplesOf(receiver, time)).toBe(0);
    expect(time.simulator.sessions.active).toBe(0);
  });

  test('polls a system once, however often it is started', async () => {
    const time = await simulatedTime();
    const receiver = receiverOf(time);
    await Promise.all([receiver.start(), receiver.start()]);
    await time.settle();
    const other = receiverOf(time);
    await other.start();
    await time.settle();
    expect(await samplesOf(receiver, time)).toBe(await samplesOf(other, time));
  });
});

describe('the first sample', () => {
  test('can be awaited before or after the start, and again after a stop', async () => {
    const time = await simulatedTime();
    const receiver = receiverOf(time);
    const early = receiver.firstSample();
    await receiver.start();
    await time.pass(MINUTE);
    const first = await early;
    expect(first.partitions.length).toBeGreaterThan(0);
    expect(await receiver.firstSample()).toBe(first);
    await stopped(receiver, time);
    await time.pass(5 * MINUTE);
    await receiver.start();
    await time.pass(MINUTE);
    expect((await receiver.firstSample()).time).toBeGreaterThan(first.time);
  });

  test('is no longer awaited when the receiver stops', async () => {
    const receiver = receiverOf(await simulatedTime());
    const first = receiver.firstSample();
    await receiver.stop();
    await expect(first).rejects.toMatchObject({ code: 'POWERVM_SHUT_DOWN' });
  });

  test('is no longer awaited when every console refuses the logon', async () => {
    const simulator = await startSimulator({ fault: 'wrong-password' });
    const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator)], clock: hurriedClock });
    afterThisTest(() => receiver.stop());
    const statuses: ReceiverStatus[] = [];
    receiver.onStatus((status) => statuses.push(status));
    await receiver.start();
    await expect(receiver.firstSample()).rejects.toMatchObject({ code: 'POWERVM_LOGON_REFUSED' });
    expect(statuses).toMatchObject([
      { console: simulator.url, state: 'refused', error: { code: 'POWERVM_LOGON_REFUSED' } },
    ]);
  });
});

describe('the status', () => {
  test('reports when a console and its systems work, fail and recover, each change once', async () => {
    let isDown = false;
    const time = await simulatedTime({ intercept: () => (isDown ? { status: 503 } : undefined) });
    const receiver = receiverOf(time);
    const reported: string[] = [];
    receiver.onStatus(({ system, state, error }) => {
      reported.push(`${system === undefined ? 'console' : 'system'} ${state} ${error?.code ?? ''}`.trim());
    });
    await receiver.start();
    await time.pass(2 * MINUTE);
    isDown = true;
    await time.pass(3 * MINUTE);
    isDown = false;
    await time.pass(5 * MINUTE);
    expect(reported.slice(0, 3)).toEqual(['console working', 'system working', 'system failing POWERVM_CONSOLE_BUSY']);
    expect(reported.at(-1)).toBe('system working');
  });
});

describe('an embedding program', () => {
  test('receives log messages through diag without a logger', async () => {
    const log = new RecordedLog();
    const write = (level: 'error' | 'warn' | 'info' | 'debug') => (message: string, fields: unknown) =>
      log[level](Object(fields), message);
    diag.setLogger(
      {
        error: write('error'),
        warn: write('warn'),
        info: write('info'),
        debug: write('debug'),
        verbose: () => undefined,
      },
      DiagLogLevel.WARN,
    );
    afterThisTest(async () => diag.disable());
    const simulator = await startSimulator({ fault: 'wrong-password' });
    const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator)], clock: hurriedClock });
    await receiver.start();
    await receiver.stop();
    expect(log.at('error')).toMatchObject([
      {
        message: 'otel-powervm: the console is not asked again until the configuration changes',
        fields: { code: 'POWERVM_LOGON_REFUSED', remedy: expect.stringContaining('password') },
      },
    ]);
  });

  test('gets no unhandled rejection or exception from its own listeners, loggers and clients', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    afterThisTest(async () => void process.off('unhandledRejection', note));
    const time = await simulatedTime();
    const complain = () => {
      throw new Error('the disk of the log is full');
    };
    const consoleOptions: ConsoleOptions = optionsFor(time.simulator, { clock: time.clock, onRequest: complain });
    const receiver = receiverOf(time, {
      consoles: [consoleOptions],
      logger: { debug: complain, info: complain, warn: complain, error: complain },
    });
    receiver.onActivity(async () => complain());
    receiver.onActivity(complain);
    receiver.onStatus(async () => complain());
    receiver.firstSample();
    await receiver.start();
    expect(await samplesOf(receiver, time)).toBeGreaterThanOrEqual(4);
    await receiver.stop();
    const client = new PowerVmConsole(optionsFor(time.simulator, { clock: time.clock }));
    afterThisTest(() => client.logoff());
    const stubborn = new Proxy(client, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (name === 'logoff') return () => Promise.reject(new Error('no'));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const other = receiverOf(time, { consoles: [stubborn] });
    await other.start();
    await other.stop();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(rejections).toEqual([]);
  });
});
