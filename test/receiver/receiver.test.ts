import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import type { FrameActivity } from '../../src/inspector/index.ts';
import { PowerVmReceiver, type PowerVmReceiverOptions } from '../../src/receiver/index.ts';
import type { PowerVmSimulator } from '../../src/simulator/index.ts';
import { afterThisTest, hurriedClock, onlySystem, optionsFor, startSimulator } from '../helpers/console.ts';
import { type SimulatedTime, simulatedTime } from '../helpers/simulated-time.ts';

const MINUTE = 60_000;

function receiverOf(simulator: PowerVmSimulator, options: Partial<PowerVmReceiverOptions> = {}): PowerVmReceiver {
  const { clock = hurriedClock } = options;
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0, ...options });
  afterThisTest(() => receiver.stop());
  return receiver;
}

async function running(time: SimulatedTime, options: Partial<PowerVmReceiverOptions> = {}) {
  const receiver = receiverOf(time.simulator, { clock: time.clock, ...options });
  const seen: FrameActivity[] = [];
  receiver.onActivity((activity) => seen.push(activity));
  await receiver.start();
  await time.settle();
  return { receiver, seen };
}

const freshTimes = (seen: readonly FrameActivity[]) =>
  seen.filter(({ sample }) => sample.fresh.hypervisor).map(({ time }) => time);

describe('a single refresh', () => {
  test('equals the documents that the console served', async () => {
    const simulator = await startSimulator({ lpars: 12, guestMemory: true });
    const receiver = receiverOf(simulator);
    const { frames, failures } = await receiver.refresh();
    expect(failures).toEqual([]);
    const [frame] = frames;
    const served = simulator.requests
      .filter(({ path }) => path.includes('_phyp_'))
      .map(({ path }) => path.split('/').at(-1) ?? '');
    const newest = JSON.parse(simulator.document([...served].sort().at(-1) ?? '') ?? '').systemUtil.utilSample;
    for (const listed of [...newest.lparsUtil, ...newest.viosUtil]) {
      const ours = frame?.partitions.find(({ id }) => id === listed.uuid.toLowerCase());
      expect(ours).toMatchObject({ name: listed.name, number: listed.id, state: listed.state });
      expect(ours?.processor).toMatchObject({
        cappedCycles: listed.processor.utilizedCappedProcCycles,
        uncappedCycles: listed.processor.utilizedUnCappedProcCycles,
        idleCycles: listed.processor.idleProcCycles,
        donatedCycles: listed.processor.donatedProcCycles,
        entitledCycles: listed.processor.entitledProcCycles,
      });
      for (const adapter of listed.network?.virtualEthernetAdapters ?? []) {
        expect(ours?.networkAdapters).toContainEqual(
          expect.objectContaining({
            location: adapter.physicalLocation,
            receivedBytes: adapter.receivedBytes,
            sentBytes: adapter.sentBytes,
          }),
        );
      }
    }
  });

  test('finds the counters of every disk on its VIOS, NPIV ones by their 64-bit WWPN', async () => {
    const simulator = await startSimulator({ lpars: 12 });
    const { frames } = await receiverOf(simulator).refresh();
    for (const partition of onlySystem(simulator).partitions.filter(({ state }) => state === 'Running')) {
      const disks = frames[0]?.partitions.find(({ id }) => id === partition.id)?.disks ?? [];
      expect(disks.map(({ type }) => type)).toEqual([
        ...partition.scsi.map(() => 'vscsi'),
        ...partition.fibreChannel.map(() => 'npiv'),
      ]);
      for (const disk of disks) expect(disk.readBytes).toBeDefined();
    }
  });

  test('needs no more requests for many partitions than for few', async () => {
    const requestsFor = async (lpars: number) => {
      const simulator = await startSimulator({ lpars });
      await receiverOf(simulator).refresh({ withInventory: false });
      return simulator.requests.length;
    };
    expect(await requestsFor(100)).toBe(await requestsFor(4));
  });

  test.each([
    ['performance monitoring that is off', { longTermMonitor: false }, 'POWERVM_PCM_DISABLED'],
    ['no managed system', { systems: 0 }, 'POWERVM_NO_SYSTEM'],
    ['a wrong password', { password: 'other' }, 'POWERVM_LOGON_REFUSED'],
  ])('%s is reported in the result', async (_what, options, code) => {
    const simulator = await startSimulator(options);
    const consoles = [{ ...optionsFor(simulator), password: 'password' in options ? 'wrong' : simulator.password }];
    const { failures, frames } = await receiverOf(simulator, { consoles }).refresh();
    expect(frames).toEqual([]);
    expect(failures.map(({ error }) => error.code)).toEqual([code]);
  });

  test('reads the feed although the preferences report monitoring off', async () => {
    const simulator = await startSimulator();
    simulator.intercept = ({ path }) =>
      path.endsWith('/preferences')
        ? {
            body: '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content><ManagedSystemPcmPreference><LongTermMonitorEnabled>false</LongTermMonitorEnabled></ManagedSystemPcmPreference></content></entry></feed>',
          }
        : undefined;
    expect((await receiverOf(simulator).refresh()).frames).toHaveLength(1);
  });

  test('enables monitoring only when configured', async () => {
    const simulator = await startSimulator({ longTermMonitor: false });
    const { id } = onlySystem(simulator);
    await receiverOf(simulator).refresh();
    expect(simulator.monitoring(id).longTermMonitor).toBe(false);
    await receiverOf(simulator, { pcm: { enable: true } }).refresh();
    expect(simulator.monitoring(id).longTermMonitor).toBe(true);
  });

  test('a missing or invalid document is skipped alone', async () => {
    const simulator = await startSimulator();
    simulator.intercept = ({ path }) => {
      if (path.includes('_vios_1_')) return { status: 404, body: '' };
      return path.includes('_vios_2_') ? { truncateTo: 300 } : undefined;
    };
    const receiver = receiverOf(simulator);
    const { frames } = await receiver.refresh();
    expect(frames[0]?.partitions).toHaveLength(7);
    const errors = receiver
      .statistics()
      .systems[0]?.documentErrors.map(({ document, errorType }) => [document, errorType]);
    expect(errors).toContainEqual(['vios', 'POWERVM_NOT_FOUND']);
    expect(errors).toContainEqual(['vios', 'POWERVM_DOCUMENT_INVALID']);
  });

  test('the clock of a console may be wrong by an hour', async () => {
    const simulator = await startSimulator({ now: () => Date.now() - 3_600_000 });
    const receiver = receiverOf(simulator);
    expect((await receiver.refresh()).frames).toHaveLength(1);
    expect(receiver.statistics().consoles[0]?.clockSkew).toBeCloseTo(-3600, -1);
  });

  test('two consoles of one system report it once', async () => {
    const simulator = await startSimulator();
    const receiver = receiverOf(simulator, { consoles: [optionsFor(simulator), optionsFor(simulator)] });
    expect((await receiver.refresh()).frames).toHaveLength(1);
  });

  test('filters exclude partitions but not their share of the system totals', async () => {
    const simulator = await startSimulator();
    const [all] = (await receiverOf(simulator).refresh()).frames;
    const [some] = (await receiverOf(simulator, { partitions: ({ name }) => name.startsWith('prod') }).refresh())
      .frames;
    expect(some?.partitions.length).toBeLessThan(all?.partitions.length ?? 0);
    expect(some?.system.processor.installed).toBe(all?.system.processor.installed);
    expect(some?.system.partitionCounts).toEqual(all?.system.partitionCounts);
  });
});

describe('half an hour of polling', () => {
  test('delivers every sample once, in order, and logs off', async () => {
    const time = await simulatedTime({ lpars: 3 });
    const { receiver, seen } = await running(time);
    await time.pass(30 * MINUTE);
    const times = freshTimes(seen);
    const [first = 0] = times;
    expect(times).toEqual(times.map((_, index) => first + index * 30_000));
    expect(times.length).toBeGreaterThanOrEqual(60);
    await receiver.stop();
    expect(time.simulator.sessions).toEqual({ opened: 1, closed: 1, refused: 0, active: 0 });
  });

  test('backfills after a console outage, oldest first', async () => {
    const time = await simulatedTime({ lpars: 3 });
    const { receiver } = await running(time);
    const cursor = receiver.cursor('test');
    await time.pass(5 * MINUTE);
    time.simulator.intercept = ((original) => (request) => {
      original?.(request);
      return { status: 500, body: 'broken' };
    })(time.simulator.intercept);
    const broken = time.simulator.intercept;
    await time.pass(7 * MINUTE);
    time.simulator.intercept = (request) => {
      broken?.(request);
      return undefined;
    };
    await time.pass(13 * MINUTE);
    const times = freshTimes(cursor.pending());
    const [first = 0] = times;
    expect(times).toEqual(times.map((_, index) => first + index * 30_000));
    expect(times.length).toBeGreaterThanOrEqual(49);
    const [system] = receiver.statistics().systems;
    expect(system?.samples.backfilled).toBeGreaterThanOrEqual(10);
    expect(system?.gaps).toEqual([]);
  });

  test('retries a failed document and keeps the order', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const { seen } = await running(time);
    const count = time.simulator.intercept;
    const failures = new Map<string, number>();
    time.simulator.intercept = (request) => {
      count?.(request);
      if (!/_(phyp|vios_1)_/.test(request.path)) return undefined;
      // Every document fails the first time it is asked for, as a console under load does.
      const times = failures.get(request.path) ?? 0;
      failures.set(request.path, times + 1);
      return times === 0 ? { status: 500, body: 'broken' } : undefined;
    };
    await time.pass(10 * MINUTE);
    const times = freshTimes(seen);
    const [first = 0] = times;
    expect(times).toEqual(times.map((_, index) => first + index * 30_000));
    expect(times.length).toBeGreaterThanOrEqual(19);
    const served = seen.filter(({ sample }) => sample.fresh.vioses.has(1));
    expect(served.length).toBeGreaterThanOrEqual(18);
  });

  test('abandons a document that never arrives, and continues', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const { receiver, seen } = await running(time);
    const count = time.simulator.intercept;
    time.simulator.intercept = (request) => {
      count?.(request);
      return request.path.includes('_phyp_20260304T120200') ? { status: 500, body: 'broken' } : undefined;
    };
    await time.pass(6 * MINUTE);
    const times = freshTimes(seen).map((sample) => new Date(sample).toISOString().slice(11, 19));
    expect(times).not.toContain('12:02:00');
    expect(times).toEqual(expect.arrayContaining(['12:01:30', '12:02:30', '12:03:00', '12:05:30']));
    const errors = receiver.statistics().systems[0]?.documentErrors;
    expect(errors).toContainEqual({ document: 'phyp', errorType: 'GIVEN_UP', count: 1 });
    const [tries] = errors?.filter(({ errorType }) => errorType === 'POWERVM_REQUEST_REJECTED') ?? [];
    expect(tries?.count).toBeLessThanOrEqual(16);
  });

  test.each([
    ['set back by an hour', -60 * MINUTE],
    ['set back by five minutes', -5 * MINUTE],
    ['set back by five minutes and some seconds', -5 * MINUTE - 7_000],
    ['set back by a minute', -MINUTE],
    ['put forward by an hour', 60 * MINUTE],
  ])('loses nothing when the clock of the console is %s', async (_what, offset) => {
    const start = Date.parse('2026-03-04T12:00:10Z');
    const jump = { at: '3m', clock_jump: `${offset < 0 ? '-' : '+'}${Math.abs(offset) / 1_000}s` };
    const time = await simulatedTime({ lpars: 2, scenario: { faults: [jump] }, scenarioStart: start }, start);
    const { receiver, seen } = await running(time);
    const cursor = receiver.cursor('test');
    await time.pass(8 * MINUTE);
    const uptimes = (activities: readonly FrameActivity[]) =>
      activities.flatMap(({ sample: { fresh, hypervisor } }) =>
        fresh.hypervisor ? [Number(hypervisor.timebaseCycles) / 512_000_000] : [],
      );
    // The timebase of the system knows nothing of the console's clock.
    for (const read of [uptimes(seen), uptimes(cursor.pending())]) {
      expect(read.length).toBeGreaterThanOrEqual(15);
      expect(read.slice(1).map((uptime, index) => Math.round(uptime - (read[index] ?? 0)))).toEqual(
        read.slice(1).map(() => 30),
      );
    }
    expect(receiver.statistics().systems[0]?.gaps).toEqual([]);
    const before = freshTimes(seen).filter((taken) => taken < start + 3 * MINUTE);
    for (const { partitions, time: taken } of seen.slice(2)) {
      for (const { processor } of partitions) {
        if (processor.consumed === undefined) continue;
        expect(processor.consumed, `${taken}, ${before.length}`).toBeLessThan(16);
        expect(processor.consumed).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test('warns once that compute-only monitoring has no network and storage values', async () => {
    const time = await simulatedTime({ lpars: 2 });
    time.simulator.monitoring(onlySystem(time.simulator).id).computeLongTermMonitor = true;
    const count = time.simulator.intercept;
    time.simulator.intercept = (request) => {
      count?.(request);
      const name = request.path.split('/').at(-1) ?? '';
      if (!name.includes('_phyp_')) return undefined;
      const document = JSON.parse(time.simulator.document(name) ?? '');
      const { utilSample } = document.systemUtil;
      for (const one of [...utilSample.lparsUtil, ...utilSample.viosUtil]) {
        delete one.network;
        delete one.storage;
      }
      return { body: JSON.stringify(document) };
    };
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: unknown, message: string) => void warnings.push(message) };
    const { seen } = await running(time, { logger });
    await time.pass(3 * MINUTE);
    expect(warnings.filter((message) => message.startsWith('compute-only'))).toHaveLength(1);
    const [partition] = seen.at(-1)?.partitions ?? [];
    expect(partition).toMatchObject({ networkAdapters: [], disks: [] });
    expect(partition?.processor.consumed).toBeGreaterThan(0);
  });

  test('does not report a system without new samples', async () => {
    const time = await simulatedTime({ lpars: 3 });
    const { receiver } = await running(time);
    expect(receiver.frames()).toHaveLength(1);
    const count = time.simulator.intercept;
    time.simulator.intercept = (request) => {
      count?.(request);
      return { status: 500, body: 'broken' };
    };
    await time.pass(3 * MINUTE);
    expect(receiver.frames()).toEqual([]);
    expect(receiver.systems()[0]?.activity).toBeDefined();
  });

  test('uses no more memory than the first half hour', async () => {
    v8.setFlagsFromString('--expose_gc');
    const collectGarbage = vm.runInNewContext('gc') as () => void;
    const heap = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const time = await simulatedTime({ lpars: 10 });
    const { receiver, seen } = await running(time);
    const cursor = receiver.cursor('test');
    const halfHour = async () => {
      for (let minute = 0; minute < 30; minute += 1) {
        await time.pass(MINUTE);
        for (const activity of cursor.pending()) cursor.acknowledge(activity);
        seen.length = 0;
      }
      return heap();
    };
    const first = await halfHour();
    const second = await halfHour();
    expect(second - first).toBeLessThan(2 * 1024 * 1024);
  });
});

describe('cursors', () => {
  test('deliver again what was not acknowledged, and forget what was', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const { receiver } = await running(time);
    const cursor = receiver.cursor('exporter');
    await time.pass(2 * MINUTE);
    const pending = cursor.pending();
    expect(pending.length).toBe(4);
    expect(cursor.pending()).toEqual(pending);
    const [oldest] = pending;
    if (oldest) cursor.acknowledge(oldest);
    expect(cursor.pending()).toEqual(pending.slice(1));
  });

  test('a stalled reader gets the rest when it continues', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const { receiver } = await running(time, { historyLimit: 3 });
    const cursor = receiver.cursor('slow');
    const times: number[] = [];
    const readAll = async () => {
      const pending = cursor.pending();
      times.push(...freshTimes(pending));
      const newest = pending.at(-1);
      if (newest) cursor.acknowledge(newest);
      await time.pass(1_000);
    };
    await time.pass(10 * MINUTE);
    expect(cursor.pending()).toHaveLength(3);
    for (let step = 0; step < 12; step += 1) await readAll();
    const [first = 0] = times;
    expect(times).toEqual(times.map((_, index) => first + index * 30_000));
    expect(times.length).toBeGreaterThanOrEqual(20);
    expect(receiver.statistics().systems[0]?.gaps).toEqual([]);
  });

  test('samples purged by PCM are counted with the cause', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const { receiver } = await running(time, { historyLimit: 3 });
    const cursor = receiver.cursor('slow');
    await time.pass(40 * MINUTE);
    const times: number[] = [];
    for (let step = 0; step < 40; step += 1) {
      const pending = cursor.pending();
      times.push(...freshTimes(pending));
      const newest = pending.at(-1);
      if (newest) cursor.acknowledge(newest);
      await time.pass(1_000);
    }
    const [first = 0] = times;
    const missing = ((times.at(-1) ?? 0) - first) / 30_000 + 1 - times.length;
    expect(missing).toBeGreaterThanOrEqual(15);
    expect(receiver.statistics().systems[0]?.gaps).toEqual([
      { cursor: 'slow', cause: 'exporter_down', count: missing },
    ]);
  });

  test('continue from the stored position of their reader, with rates', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const before = await running(time);
    const cursor = before.receiver.cursor('exporter');
    await time.pass(5 * MINUTE);
    const read = cursor.pending();
    for (const activity of read) cursor.acknowledge(activity);
    await time.pass(2 * MINUTE);
    await before.receiver.stop();
    await time.pass(8 * MINUTE);
    const again = receiverOf(time.simulator, { clock: time.clock });
    const continued = again.cursor('exporter', { positions: cursor.positions() });
    await again.start();
    await time.settle();
    await time.pass(10_000);
    const times = freshTimes([...read, ...continued.pending()]);
    const [first = 0] = times;
    expect(times).toEqual(times.map((_, index) => first + index * 30_000));
    expect(times.length).toBeGreaterThanOrEqual(29);
    for (const { partitions, previousTime, time: taken } of continued.pending()) {
      expect(taken - (previousTime ?? 0)).toBe(30_000);
      expect(partitions.some(({ processor }) => processor.consumed !== undefined)).toBe(true);
    }
  });

  test('a slow reader does not delay the others', async () => {
    const time = await simulatedTime({ lpars: 2 });
    const { receiver } = await running(time, { historyLimit: 4 });
    receiver.cursor('dead');
    const lively = receiver.cursor('lively');
    const times: number[] = [];
    for (let step = 0; step < 20; step += 1) {
      await time.pass(30_000);
      const pending = lively.pending();
      expect(freshTimes(pending)).toHaveLength(1);
      times.push(...freshTimes(pending));
      for (const activity of pending) lively.acknowledge(activity);
    }
    const [first = 0] = times;
    expect(times).toEqual(times.map((_, index) => first + index * 30_000));
  });
});

describe('a reader with look-back', () => {
  test('gets what PCM still has, oldest first, then current samples, without false gaps', async () => {
    const time = await simulatedTime({ lpars: 2, vioses: 1 });
    const receiver = receiverOf(time.simulator, { clock: time.clock });
    const seen: number[] = [];
    receiver.subscribe(
      'viewer',
      {
        take: ({ activity, acknowledge }) => {
          if (activity.sample.fresh.hypervisor) seen.push(activity.time);
          acknowledge();
          return true;
        },
        hasCapacity: () => true,
      },
      { lookBack: 200 },
    );
    await receiver.start();
    for (let step = 0; step < 4; step += 1) await time.pass(30_000);
    expect(seen.length).toBeGreaterThan(58);
    expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
    const steps = new Set(seen.slice(1).map((instant, index) => instant - (seen[index] ?? 0)));
    expect(steps).toEqual(new Set([30_000]));
    expect(receiver.statistics().systems[0]?.gaps).toEqual([]);
  });
});
