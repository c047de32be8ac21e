import { describe, expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { PowerVmSimulator } from '../../src/simulator/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * One document of one instant that never came whole stopped its system permanently: everything after it waited for it,
 * also when PCM had long thrown it away. An energy document did the same.
 */
const MINUTE = 60_000;
const START = Date.parse('2026-03-04T12:00:10Z');
/** Three intervals. */
const OLDEST = 90_000;

const faults: readonly (readonly [string, object])[] = [
  ['connection reset in the middle', { reset: 'within' }],
  ['connection reset before the answer', { reset: 'before' }],
  ['broken encoding', { encoding: 'gzip' }],
  ['no answer', { stall: 'before' }],
  ['half an answer', { stall: 'within' }],
  ['401', { status: 401 }],
  ['403', { status: 403 }],
  ['500', { status: 500, message: 'Unknown internal error.' }],
  ['503', { status: 503 }],
  ['cut off', { truncate: 0.5 }],
];

/** Some fill both places of a console for as long as they may take, so that one at a time is enough. */
const isSlow = (fault: object) => 'stall' in fault;

const document = (name: string, rest: object = {}) => ({ at: '1m', requests: ['document'], path: name, ...rest });

/** The first of two systems, as a simulator of the same seed has them. */
const [FIRST] = new PowerVmSimulator({ lpars: 2, systems: 2 }).systems;

/** Runs two systems, and looks at the newest instants every few seconds. */
async function run(suffering: object[], minutes = 5) {
  const time = await simulatedTime(
    { lpars: 2, systems: 2, guestMemory: true, scenario: { faults: suffering }, scenarioStart: START },
    START,
  );
  const { clock, simulator } = time;
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const newest = new Map<string, number>();
  const counts = { vioses: 0, energy: 0 };
  receiver.subscribe('exporter', {
    take: ({ activity, acknowledge }) => {
      const { systemId, fresh } = activity.sample;
      if (fresh.hypervisor) newest.set(systemId, activity.time);
      counts.vioses += fresh.vioses.size;
      if (fresh.energy) counts.energy += 1;
      acknowledge();
      return true;
    },
    hasCapacity: () => true,
  });
  await receiver.start();
  await time.settle();
  await time.pass(MINUTE);
  const oldest = new Map<string, number>();
  for (let second = 0; second < minutes * 60; second += 5) {
    await time.pass(5_000);
    for (const [id, taken] of newest) oldest.set(id, Math.max(oldest.get(id) ?? 0, clock.now() - taken));
  }
  expect(newest.size).toBe(2);
  const { systems } = receiver.statistics();
  return { oldest, counts, systems, simulator, gaps: systems.flatMap(({ gaps }) => gaps) };
}

describe.each(faults)('%s', (_what, fault) => {
  test('permanently for one document of each source loses only these', async () => {
    const kinds = isSlow(fault) ? ['_phyp_', '_fsp_'] : ['_phyp_', '_vios_1_', '_fsp_'];
    const { oldest, systems, simulator, gaps } = await run(
      kinds.map((kind) => document(kind, { one_path: true, ...fault })),
    );
    for (const age of oldest.values()) expect(age).toBeLessThanOrEqual(OLDEST);
    expect(gaps).toEqual([{ cursor: 'exporter', cause: 'document_failed', count: 1 }]);
    const givenUp = systems.flatMap(({ documentErrors }) =>
      documentErrors.filter(({ errorType }) => errorType === 'GIVEN_UP'),
    );
    expect(givenUp.map(({ count }) => count)).toEqual(kinds.map(() => 1));
    // Asked for a bounded number of times, and without session after session.
    for (const kind of kinds) {
      const path = simulator.requests.find(
        ({ path: requested, status }) => requested.includes(kind) && status !== 200,
      )?.path;
      expect(simulator.requests.filter((request) => request.path === path).length).toBeLessThanOrEqual(20);
    }
    expect(simulator.sessions.opened).toBeLessThanOrEqual(2);
  });

  test('permanently for all documents of some sources does not block the others', async () => {
    const { oldest, counts, simulator, gaps } = await run(
      (isSlow(fault) ? ['_vios_1_'] : ['_vios_1_', '_fsp_', '_lpar_']).map((kind) => document(kind, fault)),
    );
    for (const age of oldest.values()) expect(age).toBeLessThanOrEqual(OLDEST);
    expect(counts.vioses).toBeGreaterThanOrEqual(22);
    expect(gaps).toEqual([]);
    expect(simulator.sessions.opened).toBeLessThanOrEqual(2);
  });

  test('permanently for all documents of one system does not block the other', async () => {
    const { oldest } = await run([document(FIRST?.mtms ?? '', fault)]);
    expect([...oldest].filter(([id]) => id !== FIRST?.id)[0]?.[1]).toBeLessThanOrEqual(OLDEST);
  });

  test('temporarily for all documents loses nothing', async () => {
    const { gaps } = await run([document('LTM_', { lasts: '90s', ...fault })]);
    expect(gaps).toEqual([]);
  });
});

test.each(faults.filter(([what]) => what !== 'cut off'))(
  '%s permanently for the energy feeds loses only energy',
  async (_what, fault) => {
    const { oldest, counts } = await run([{ at: '1m', requests: ['feed'], path: 'EnergyMonitor', ...fault }]);
    for (const age of oldest.values()) expect(age).toBeLessThanOrEqual(OLDEST);
    expect(counts.vioses).toBeGreaterThanOrEqual(40);
  },
);
