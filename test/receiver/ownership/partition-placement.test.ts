import { expect, test } from 'vitest';
import type { Logger } from '../../../src/base/logger.ts';
import { type FrameActivity, inspectionReport, PowerVmInspector } from '../../../src/inspector/index.ts';
import { metricView, PowerVmMetricProducer, resourceMetricsOf } from '../../../src/metrics/index.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import type { PowerVmSimulator, SimulatedRequest } from '../../../src/simulator/index.ts';
import { afterThisTest, optionsFor } from '../../helpers/console.ts';
import { migrationScenario, migrationsIn } from '../../helpers/migration.ts';
import { pointsOf } from '../../helpers/points.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { type SimulatedTime, simulatedTime } from '../../helpers/simulated-time.ts';

const at = (text: string) => Date.parse(`2026-03-04T${text}Z`);

interface Entry {
  readonly uuid: string;
  readonly processor: Readonly<Record<string, unknown>>;
}

/** What a frame lists of the partition at a time: what it really did, nothing, zeros, or what it had done at a time. */
type Appearance = 'alive' | 'absent' | 'awaited' | { readonly at: number };

/** Where the partition of the story is: it goes from the first frame to the second, and comes back. */
function story(system: 0 | 1, time: number): Appearance {
  const isFirst = system === 0;
  if (time < at('12:02:00')) return isFirst ? 'alive' : 'absent';
  if (time < at('12:03:00')) return isFirst ? 'alive' : 'awaited';
  if (time < at('12:05:00')) return isFirst ? { at: at('12:03:00') } : 'alive';
  if (time < at('12:08:00')) return isFirst ? 'absent' : 'alive';
  if (time < at('12:09:00')) return isFirst ? 'awaited' : 'alive';
  return isFirst ? 'alive' : 'absent';
}

/** Answers with the documents of two frames between which one partition moves. */
function migrating(simulator: PowerVmSimulator): (request: SimulatedRequest) => { body: string } | undefined {
  const [first, second] = simulator.systems;
  const partitionId = first?.partitions[0]?.id.toUpperCase();
  const read = (fileName: string) => JSON.parse(simulator.document(fileName) ?? '{}').systemUtil?.utilSample;
  /** The partition as its own frame has it at a time; frames take their samples at seconds of their own. */
  const entryAt = (time: number): Entry | undefined => {
    for (let moment = time; moment > time - 30_000; moment -= 1_000) {
      const stamp = new Date(moment).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
      const sample = read(`LTM_${first?.mtms}_phyp_${stamp}+0000.json`);
      if (sample) return sample.lparsUtil.find(({ uuid }: Entry) => uuid === partitionId);
    }
    return undefined;
  };
  return ({ path }) => {
    const fileName = path.split('/').at(-1) ?? '';
    if (!fileName.includes('_phyp_')) return undefined;
    const document = JSON.parse(simulator.document(fileName) ?? '{}');
    const sample = document.systemUtil.utilSample;
    const time = Date.parse(sample.timeStamp);
    const others = sample.lparsUtil.filter(({ uuid }: Entry) => uuid !== partitionId);
    const appearance = story(fileName.includes(second?.mtms ?? '') ? 1 : 0, time);
    sample.lparsUtil = [...others, ...appear(appearance, time, entryAt)];
    return { body: JSON.stringify(document) };
  };
}

function appear(appearance: Appearance, time: number, entryAt: (time: number) => Entry | undefined): readonly object[] {
  if (appearance === 'absent') return [];
  const alive = entryAt(time);
  if (!alive) throw new Error('the simulator has no such sample');
  if (appearance === 'alive') return [alive];
  if (appearance !== 'awaited') return [{ ...entryAt(appearance.at), state: 'Not Activated' }];
  const keys = Object.keys(alive.processor).filter((key) => /Cycles|^max/.test(key));
  const zeros = Object.fromEntries(keys.map((key) => [key, 0]));
  const processor = { ...zeros, mode: 'share_idle_procs' };
  return [{ ...alive, state: 'Not Activated', processor, network: {}, storage: {} }];
}

async function follow(time: SimulatedTime, logger: Logger) {
  const { simulator, clock } = time;
  const count = simulator.intercept;
  const documents = migrating(simulator);
  simulator.intercept = (request) => {
    count?.(request);
    return documents(request);
  };
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, logger, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const published: FrameActivity[] = [];
  receiver.onActivity((activity) => published.push(activity));
  await receiver.start();
  await time.settle();
  const snapshots: (readonly FrameActivity[])[] = [];
  for (let step = 0; step < 22; step += 1) {
    await time.pass(30_000);
    snapshots.push(receiver.frames());
  }
  return { receiver, published, snapshots };
}

test('a partition that migrates to another system and back is reported once, without excessive or negative rates', async () => {
  const time = await simulatedTime({ systems: 2, lpars: 3, vioses: 1 });
  const logger = new RecordedLog();
  const { receiver, published, snapshots } = await follow(time, logger);
  const [first, second] = time.simulator.systems;
  const id = first?.partitions[0]?.id ?? '';

  // Whoever looks at the present sees it once, and every partition counted once.
  for (const frames of snapshots) {
    const all = frames.flatMap(({ partitions }) => partitions);
    expect(all.filter((partition) => partition.id === id)).toHaveLength(1);
    const counted = frames.flatMap(({ system }) => system.partitionCounts).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(8);
    const inspected = inspectionReport(frames).systems.flatMap(({ partitions }) => partitions);
    expect(inspected.filter((partition) => partition.id === id)).toHaveLength(1);
  }
  expect(new PowerVmInspector(receiver).partition(id).name).toBe(first?.partitions[0]?.name);
  const { resourceMetrics } = await new PowerVmMetricProducer(receiver, { samples: 'latest' }).collect();
  const limits = pointsOf([resourceMetrics]).filter(
    ({ name, attributes }) => name === 'powervm.lpar.memory.limit' && attributes['powervm.lpar.id'] === id,
  );
  expect(limits).toHaveLength(1);

  // One log line for each of the two migrations.
  expect(migrationsIn(logger)).toEqual([
    { id, partition: first?.partitions[0]?.name, from: first?.name, to: second?.name },
    { id, partition: first?.partitions[0]?.name, from: second?.name, to: first?.name },
  ]);

  // The stream: at no time on two frames at once, no rate that it cannot have had, series that begin on arrival.
  const reported = published
    .filter(({ sample }) => sample.fresh.hypervisor)
    .flatMap(({ time: sampleTime, system, partitions }) =>
      partitions
        .filter((partition) => partition.id === id)
        .map((partition) => ({ time: sampleTime, system: system.description.id, partition })),
    );
  const livesOn = (sampleTime: number) =>
    sampleTime < at('12:03:00') || sampleTime >= at('12:09:00') ? first?.id : second?.id;
  for (const { time: sampleTime, system, partition } of reported) {
    const { consumed } = partition.processor;
    // The source may report that it is at rest there before the target reports that it has arrived.
    if (system !== livesOn(sampleTime))
      expect([sampleTime, partition.state]).toEqual([at('12:03:00'), 'Not Activated']);
    if (consumed !== undefined) {
      expect(consumed).toBeGreaterThanOrEqual(0);
      expect(consumed).toBeLessThan(4);
    }
  }
  for (const [system, from] of [
    [second, at('12:03:00')],
    [first, at('12:09:00')],
  ] as const) {
    const arrival = reported.find(
      (entry) => entry.system === system?.id && entry.time >= from && entry.time !== at('12:03:00'),
    );
    expect(arrival?.time).toBeLessThan(from + 30_000);
    expect(arrival?.partition.startTime).toBe(arrival?.time);
  }
  for (const { system } of published) {
    const { consumed } = system.processor;
    if (consumed !== undefined) expect(consumed).toBeLessThan(16);
  }

  // The same UUID, with the attributes of the system that it is on.
  const resources = resourceMetricsOf(published, metricView()).filter(
    ({ resource }) => resource.attributes['powervm.lpar.id'] === id,
  );
  const systems = resources.map(({ resource }) => resource.attributes['powervm.system.name']);
  expect(systems.filter((name, index) => name !== systems[index - 1])).toEqual([
    first?.name,
    second?.name,
    first?.name,
  ]);
});

test.each(['carried', 'anew'] as const)(
  'a migration in the simulator, counters %s, is reported as one partition',
  async (counters) => {
    const time = await simulatedTime({
      systems: 2,
      lpars: 3,
      vioses: 1,
      scenario: migrationScenario({ at: '2m', takes: '90s', leavesAfter: '2m', counters }),
    });
    const id = time.simulator.systems[0]?.partitions.find(({ name }) => name === 'prod-db1')?.id;
    const logger = new RecordedLog();
    const receiver = new PowerVmReceiver({
      consoles: [optionsFor(time.simulator, { clock: time.clock })],
      clock: time.clock,
      logger,
      jitter: 0,
    });
    afterThisTest(() => receiver.stop());
    await receiver.start();
    await time.settle();
    const placements: unknown[] = [];
    for (let step = 0; step < 16; step += 1) {
      await time.pass(30_000);
      const found = receiver
        .frames()
        .flatMap(({ system, partitions }) =>
          partitions.filter((partition) => partition.id === id).map((partition) => ({ system, partition })),
        );
      expect(found).toHaveLength(1);
      const { consumed = 0 } = found[0]?.partition.processor ?? {};
      expect(consumed).toBeGreaterThanOrEqual(0);
      expect(consumed).toBeLessThan(8);
      placements.push(found[0]?.system.description.name);
    }
    expect(placements.filter((name, index) => name !== placements[index - 1])).toEqual(['frame-01', 'frame-02']);
    expect(migrationsIn(logger)).toMatchObject([{ from: 'frame-01', to: 'frame-02' }]);
  },
);
