import { describe, expect, test } from 'vitest';
import { Cursors } from '../../src/receiver/cursors/cursors.ts';
import { positionAt } from '../../src/receiver/cursors/position.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { lpar, phyp } from '../helpers/documents.ts';
import { inspectPolls, SYSTEM_ID } from '../helpers/frames.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * A document of energy, a VIOS or guest memory that PCM listed and that did not come, came too late or was not even
 * asked for left its instant without it, and no one heard of it: only instants of the hypervisor were gaps.
 */
const MINUTE = 60_000;
const INTERVAL = 30_000;
const START = Date.parse('2026-03-04T12:00:10Z');

interface Course {
  readonly faults: readonly object[];
  readonly minutes: number;
  /** Minutes in which the reader has no room. */
  readonly isFull?: (minute: number) => boolean;
}

/** What a reader gets of each source, by feed time, and what is reported as missing. */
async function read({ faults, minutes, isFull = () => false }: Course) {
  const { clock, simulator, pass, settle } = await simulatedTime(
    { lpars: 2, vioses: 1, guestMemory: true, scenario: { faults: [...faults] }, scenarioStart: START },
    START,
  );
  const logger = new RecordedLog();
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, logger, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const got = new Map<string, Set<number>>();
  const hasCapacity = () => !isFull((clock.now() - START) / MINUTE);
  const subscription = receiver.subscribe('exporter', {
    take: ({ activity: { sample }, acknowledge }) => {
      if (!hasCapacity()) return false;
      for (const [source, listedAt] of sample.listings) got.set(source, (got.get(source) ?? new Set()).add(listedAt));
      acknowledge();
      return true;
    },
    hasCapacity,
  });
  await receiver.start();
  await settle();
  for (let minute = 0; minute < minutes; minute += 1) {
    await pass(MINUTE);
    subscription.notifyCapacity();
  }
  const gaps = receiver.statistics().systems.flatMap((system) => system.gaps);
  const reported = logger.lines
    .filter(({ message }) => message.startsWith('parts of samples are lost'))
    .map(({ fields }) => fields);
  const feeds = simulator.requests.filter(({ path }) => /\/LongTermMonitor(\?|$)/.test(path)).length;
  return { got, gaps, reported, feeds };
}

/** Feed times between the first and the last document of a source at which there was none. */
function holes(times: ReadonlySet<number> = new Set(), interval = INTERVAL): readonly number[] {
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const lacking: number[] = [];
  for (let time = first; time < last; time += interval) if (!times.has(time)) lacking.push(time);
  return lacking;
}

const document = (name: string, rest: object) => ({ at: '3m', requests: ['document'], path: name, ...rest });

describe('a document that PCM listed and an instant comes without', () => {
  test.each([
    ['energy', '_fsp_'],
    ['vios_1', '_vios_1_'],
    ['lpar', '_lpar_'],
  ])('of %s is reported to each reader once, with its time', async (source, name) => {
    const faults = [document(name, { one_path: true, status: 500, message: 'Unknown internal error.' })];
    const { got, gaps, reported } = await read({ faults, minutes: 12 });
    expect(gaps).toEqual([{ cursor: 'exporter', cause: 'partial', count: 1 }]);
    const lacking = holes(got.get(source), source === 'lpar' ? 4 * INTERVAL : INTERVAL);
    expect(lacking).toHaveLength(1);
    expect(reported).toEqual([
      expect.objectContaining({
        reader: 'exporter',
        samples: 1,
        documents: [source],
        times: lacking.map((time) => new Date(time).toISOString()),
      }),
    ]);
    expect(holes(got.get('phyp'))).toEqual([]);
  });

  test('is reported as well when it is gone although it is listed', async () => {
    const { got, gaps } = await read({ faults: [document('_fsp_', { one_path: true, status: 404 })], minutes: 8 });
    expect(gaps).toEqual([{ cursor: 'exporter', cause: 'partial', count: 1 }]);
    expect(holes(got.get('energy'))).toHaveLength(1);
  });

  test('is reported when its feed did not answer until its instant was passed', async () => {
    const faults = [{ at: '3m', lasts: '6m', requests: ['feed'], path: 'EnergyMonitor', status: 503 }];
    const { got, gaps } = await read({ faults, minutes: 20 });
    const lacking = holes(got.get('energy'));
    expect(lacking.length).toBeGreaterThan(4);
    expect(gaps).toEqual([{ cursor: 'exporter', cause: 'partial', count: lacking.length }]);
    expect(holes(got.get('phyp'))).toEqual([]);
  });
});

test('who fetches the past does not pass it without energy because its feed fails for a moment', async () => {
  const faults = [{ at: '12m', lasts: '40s', requests: ['feed'], path: 'EnergyMonitor', status: 503 }];
  const { got, gaps } = await read({ faults, minutes: 20, isFull: (minute) => minute > 3 && minute < 12 });
  expect(gaps).toEqual([]);
  expect(holes(got.get('phyp'))).toEqual([]);
  expect(holes(got.get('energy'))).toEqual([]);
});

test('a backfill does not restart behind documents that are lost', async () => {
  const isFull = (minute: number) => minute > 3 && minute < 15;
  const whole = await read({ faults: [], minutes: 20, isFull });
  const faults = [document('_fsp_', { at: '15m', lasts: '3m', status: 404 })];
  const { gaps, feeds } = await read({ faults, minutes: 20, isFull });
  expect(gaps).toEqual([{ cursor: 'exporter', cause: 'partial', count: expect.any(Number) }]);
  expect(gaps[0]?.count).toBeGreaterThan(16);
  expect(whole.feeds).toBeGreaterThan(20);
  expect(feeds).toBeLessThanOrEqual(whole.feeds + 1);
});

test('backfill continues without energy whose feed fails, and reports it', async () => {
  const faults = [{ at: '12m', lasts: '15m', requests: ['feed'], path: 'EnergyMonitor', status: 503 }];
  const { got, gaps } = await read({ faults, minutes: 40, isFull: (minute) => minute > 3 && minute < 12 });
  expect(holes(got.get('phyp'))).toEqual([]);
  const lacking = holes(got.get('energy'));
  expect(lacking.length).toBeGreaterThan(16);
  expect(gaps).toEqual([{ cursor: 'exporter', cause: 'partial', count: lacking.length }]);
});

test('a reader whose sample before PCM has purged since gets a report of the rates that this costs', () => {
  const polls = [0, 1, 2].map((index) => {
    const time = START + index * INTERVAL;
    return { time, phyp: phyp(time, { lpars: [lpar(time)] }) };
  });
  const [, second] = inspectPolls(polls.slice(0, 2));
  // A way that began with it, since the one before could not be read again.
  const [third] = inspectPolls(polls.slice(2));
  if (!second || !third) throw new Error('no samples');
  const cursors = new Cursors(() => undefined);
  const take = ({ acknowledge }: { acknowledge: () => void }) => {
    acknowledge();
    return true;
  };
  cursors.add('exporter', { take, hasCapacity: () => true }, { positions: new Map([[SYSTEM_ID, positionAt(second)]]) });
  const { gaps } = cursors.publishBackfilled(third, positionAt(second));
  expect(gaps.map(({ count, parts }) => ({ count, parts }))).toEqual([
    { count: 0, parts: [{ source: 'rates', listedAt: third.sample.listedAt }] },
  ]);
});
