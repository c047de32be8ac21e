import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrameActivity } from '../../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../../src/metrics/index.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import { SightingsIndex } from '../../../src/receiver/ownership/sightings-index.ts';
import { afterThisTest, optionsFor } from '../../helpers/console.ts';
import { migrationScenario, migrationsIn } from '../../helpers/migration.ts';
import { pointsOf } from '../../helpers/points.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { SightingsHub } from '../../helpers/sightings-hub.ts';
import { type SimulatedTime, simulatedTime } from '../../helpers/simulated-time.ts';

interface Member {
  readonly receiver: PowerVmReceiver;
  readonly published: readonly FrameActivity[];
  readonly log: RecordedLog;
}

/** A receiver that reads one of two frames. */
async function readOne({ simulator, clock, settle }: SimulatedTime, systemId: string, hub: SightingsHub) {
  const log = new RecordedLog();
  const published: FrameActivity[] = [];
  const receiver = new PowerVmReceiver({
    consoles: [optionsFor(simulator, { clock })],
    systems: ({ id }) => id === systemId,
    sharedSightings: hub.member(),
    clock,
    logger: log,
    jitter: 0,
  });
  receiver.onActivity((activity) => published.push(activity));
  afterThisTest(() => receiver.stop());
  await receiver.start();
  await settle();
  return { receiver, published, log };
}

async function twoFrames() {
  const scenario = migrationScenario({ at: '2m', takes: '90s', leavesAfter: '4m' });
  const time = await simulatedTime({ systems: 2, lpars: 3, vioses: 1, scenario });
  const [first, second] = time.simulator.systems;
  const id = first?.partitions.find(({ name }) => name === 'prod-db1')?.id ?? '';
  return { time, id, source: first?.id ?? '', target: second?.id ?? '' };
}

const framesOf = (members: readonly Member[]) => members.flatMap(({ receiver }) => receiver.frames());

function placesOf(id: string, members: readonly Member[]) {
  return framesOf(members).flatMap(({ system, partitions }) =>
    partitions.filter((partition) => partition.id === id).map(() => system.description.name),
  );
}

test('two receivers, one of each frame, report a migrating partition once, also when they restart meanwhile', async () => {
  const { time, id, source, target } = await twoFrames();
  const hub = new SightingsHub();
  const [first, second] = [await readOne(time, source, hub), await readOne(time, target, hub)];
  let members: readonly Member[] = [first, second];
  const places: unknown[] = [];
  for (let step = 0; step < 20; step += 1) {
    // While the target has a placeholder, and while the source still lists what has left.
    if (step === 5 || step === 12) {
      await Promise.all(members.map(({ receiver }) => receiver.stop()));
      // In the other order: who comes first decides nothing.
      const later = await readOne(time, target, hub);
      members = [await readOne(time, source, hub), later];
    }
    await time.pass(30_000);
    const found = placesOf(id, members);
    expect([step, found.length]).toEqual([step, 1]);
    places.push(found[0]);
  }
  expect(places.filter((name, index) => name !== places[index - 1])).toEqual(['frame-01', 'frame-02']);
});

test('a move is logged by the receiver of its target, and what is read late belongs to who had it then', async () => {
  const { time, id, source, target } = await twoFrames();
  const hub = new SightingsHub();
  const members = [await readOne(time, source, hub), await readOne(time, target, hub)];
  for (let step = 0; step < 20; step += 1) await time.pass(30_000);
  expect(members.map(({ log }) => migrationsIn(log))).toMatchObject([[], [{ from: 'frame-01', to: 'frame-02' }]]);
  const reported = members.flatMap(({ published }) =>
    published
      .filter(({ sample }) => sample.fresh.hypervisor)
      .flatMap(({ time: at, partitions }) => partitions.filter((one) => one.id === id).map(() => at)),
  );
  const instants = new Set(reported.map((at) => Math.round(at / 30_000)));
  // The source may tell that it is at rest there before the target has told that it has arrived.
  expect(reported.length - instants.size).toBeLessThanOrEqual(1);
  expect(instants.size).toBeGreaterThanOrEqual(20);
});

test('the size of a storage pool of two frames is reported by one, and by the other when that one falls silent', async () => {
  const { time, source, target } = await twoFrames();
  const hub = new SightingsHub();
  const members = [await readOne(time, source, hub), await readOne(time, target, hub)];
  for (let step = 0; step < 6; step += 1) await time.pass(30_000);
  const sizes = ({ published }: Member) =>
    pointsOf(resourceMetricsOf(published, metricView())).filter(({ name }) => name === 'powervm.ssp.size');
  const [first = [], second = []] = members.map(sizes);
  expect([first.length > 0, second.length > 0].sort()).toEqual([false, true]);
  const reporter = first.length > 0 ? 0 : 1;
  await members[reporter]?.receiver.stop();
  const other = members[1 - reporter];
  if (!other) throw new Error('two members, please');
  for (let step = 0; step < 8; step += 1) await time.pass(30_000);
  const lastOfReporter = Math.max(...[...first, ...second].map(({ endTime }) => endTime[0]));
  const later = sizes(other);
  expect(later.length).toBeGreaterThan(0);
  expect(Math.min(...later.map(({ endTime }) => endTime[0]))).toBeGreaterThan(lastOfReporter);
});

test('whatever systems list, those of a partition are known, and which system shares one with others', () => {
  const ids = ['p1', 'p2', 'p3', 'p4'];
  const change = fc.record({ system: fc.constantFrom('a', 'b', 'c'), listed: fc.option(fc.subarray(ids)) });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const index = new SightingsIndex();
      const listed = new Map<string, readonly string[]>();
      for (const { system, listed: partitions } of changes) {
        const sightings = (partitions ?? []).map(
          (id) => [id, { presence: 'active' as const, arrivedAt: undefined }] as const,
        );
        index.set(system, partitions === null ? undefined : { name: system, partitions: new Map(sightings) }, 0);
        listed.set(system, partitions ?? []);
        const listersOf = (id: string) => [...listed].filter(([, all]) => all.includes(id)).map(([name]) => name);
        for (const id of ids) expect(index.rivals(id)).toEqual(listersOf(id).length > 1 ? listersOf(id).sort() : []);
        for (const [name, all] of listed) {
          const isContested = all.some((id) => listersOf(id).length > 1);
          expect(index.contestedSince(name)).toBe(isContested ? 0 : undefined);
        }
      }
    }),
  );
});
