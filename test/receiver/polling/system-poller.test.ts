import { describe, expect, test } from 'vitest';
import type { FrameActivity } from '../../../src/inspector/index.ts';
import { Cursors } from '../../../src/receiver/cursors/cursors.ts';
import { type PowerVmReceiverOptions, receiverSettings } from '../../../src/receiver/options.ts';
import { CrossSystemDeduplicator } from '../../../src/receiver/ownership/deduplication.ts';
import { SystemPoller } from '../../../src/receiver/polling/system-poller.ts';
import { SystemRecorder } from '../../../src/receiver/statistics/statistics-recorder.ts';
import type { PowerVmSimulatorOptions } from '../../../src/simulator/index.ts';
import { afterThisTest, connect, optionsFor } from '../../helpers/console.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

const SECOND = 1_000;
const HALF_MINUTE = 30 * SECOND;
const { signal } = new AbortController();

/** A poller of the one system of a simulated console, in the time of the test. */
async function pollerOf(options: PowerVmSimulatorOptions = {}, receiverOptions: Partial<PowerVmReceiverOptions> = {}) {
  const time = await simulatedTime({ lpars: 2, vioses: 1, ...options });
  const { clock, simulator } = time;
  const client = connect(simulator, { clock });
  const [system] = await client.managedSystems(signal);
  if (!system) throw new Error('the simulator has no system');
  const logger = new RecordedLog();
  const settings = receiverSettings({ consoles: [optionsFor(simulator)], jitter: 0, ...receiverOptions });
  const cursors = new Cursors(() => undefined);
  cursors.open(system.id);
  const recorder = new SystemRecorder(system.id, clock, settings.staleAfter);
  const seen: FrameActivity[] = [];
  const calls: string[] = [];
  const poller = new SystemPoller(system, {
    settings,
    clock,
    logger,
    recorder,
    console: () => client,
    beforePoll: () => calls.push('poll'),
    onConsoleSuccess: () => calls.push('success'),
    onConsoleFailure: () => calls.push('failure'),
    onStaleData: () => calls.push('stale'),
    clockSkew: () => 0,
    cursors,
    deduplicator: new CrossSystemDeduplicator(clock, logger, settings.staleAfter),
    publish: (activity, losses) => {
      seen.push(activity);
      return cursors.publish(activity, losses);
    },
  });
  const stop = new AbortController();
  const run = async () => {
    const ended = poller.run(stop.signal);
    afterThisTest(async () => {
      stop.abort(new Error('the test is over'));
      await ended;
    });
    await time.settle();
  };
  const fresh = () => seen.filter(({ sample }) => sample.fresh.hypervisor).map(({ time: at }) => at);
  const documents = () => simulator.requests.filter(({ path }) => path.includes('_phyp_')).length;
  return { ...time, poller, logger, recorder, seen, calls, run, stop, fresh, documents };
}

describe('one poll', () => {
  test('publishes the newest two instants, the second with rates, and becomes current', async () => {
    const { poller, fresh, seen } = await pollerOf();
    expect(poller.activity).toBeUndefined();
    await poller.poll(signal);
    const [earlier = 0, later = 0] = fresh();
    expect(later - earlier).toBe(HALF_MINUTE);
    expect(seen.at(-1)?.previousTime).toBe(earlier);
    expect(poller.activity?.time).toBe(later);
    expect(poller.isStale).toBe(false);
  });

  test('downloads nothing again while there is nothing new', async () => {
    const { poller, documents, seen } = await pollerOf();
    await poller.poll(signal);
    const [requested, published] = [documents(), seen.length];
    await poller.poll(signal);
    expect(documents()).toBe(requested);
    expect(seen).toHaveLength(published);
  });

  test('reports the partitions that the program keeps, and counts all in the system', async () => {
    const { poller } = await pollerOf({}, { partitions: ({ number }) => number === 1 });
    await poller.poll(signal);
    expect(poller.activity?.partitions.map(({ number }) => number)).toEqual([1]);
    const counted = poller.activity?.system.partitionCounts.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBeGreaterThan(1);
  });

  test('fails with the reason where the system has no samples', async () => {
    const { poller } = await pollerOf({ longTermMonitor: false });
    await expect(poller.poll(signal)).rejects.toMatchObject({ code: expect.stringMatching(/^POWERVM_/) });
    expect(poller.activity).toBeUndefined();
  });

  test('gives a console up when the signal aborts', async () => {
    const { poller } = await pollerOf();
    const reason = new Error('the receiver is stopping');
    await expect(poller.poll(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('a running poller', () => {
  test('reads each sample once, some seconds after it is due on the grid of the system', async () => {
    const { run, pass, fresh, calls, recorder, clock } = await pollerOf();
    await run();
    await pass(5 * HALF_MINUTE);
    const times = fresh();
    expect(times.length).toBeGreaterThanOrEqual(6);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(
      times.slice(1).map(() => HALF_MINUTE),
    );
    expect(clock.now() - (times.at(-1) ?? 0)).toBeLessThanOrEqual(HALF_MINUTE + 7 * SECOND);
    expect(calls.filter((call) => call !== 'poll').every((call) => call === 'success')).toBe(true);
    expect(recorder.snapshot(clock.now()).samples.new).toBe(times.length);
  });

  test('reports a console that fails once, tries again, and says when it answers', async () => {
    let isDown = false;
    const { run, pass, calls, logger, fresh } = await pollerOf({
      intercept: ({ path }) => (isDown && path.includes('/pcm/') ? { status: 500, body: 'broken' } : undefined),
    });
    await run();
    const before = fresh().length;
    isDown = true;
    await pass(4 * HALF_MINUTE);
    expect(calls.filter((call) => call === 'failure').length).toBeGreaterThan(1);
    expect(logger.at('warn').filter(({ message }) => message === 'no sample; trying again')).toHaveLength(1);
    expect(fresh()).toHaveLength(before);
    isDown = false;
    await pass(20 * HALF_MINUTE);
    expect(fresh().length).toBeGreaterThan(before);
    expect(logger.at('info').map(({ message }) => message)).toContain('the system answers again');
  });

  test('reads no more once the signal has aborted', async () => {
    const { run, pass, stop, calls } = await pollerOf();
    await run();
    stop.abort(new Error('enough'));
    const polls = calls.length;
    await pass(4 * HALF_MINUTE);
    expect(calls).toHaveLength(polls);
  });

  test('that gets no new sample is stale after a while, and says so', async () => {
    let isFrozen = false;
    const { run, pass, poller, calls } = await pollerOf({
      intercept: ({ path }) =>
        isFrozen && path.includes('LongTermMonitor') && !path.includes('_phyp_')
          ? { status: 204, body: '' }
          : undefined,
    });
    await run();
    isFrozen = true;
    await pass(6 * HALF_MINUTE);
    expect(poller.isStale).toBe(true);
    expect(calls).toContain('stale');
  });
});
