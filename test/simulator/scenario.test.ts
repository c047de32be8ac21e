import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  PowerVmSimulator,
  type PowerVmSimulatorOptions,
  readScenario,
  type ScenarioOptions,
} from '../../src/simulator/index.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const MINUTE = 60_000;
const STORY = new URL('../../examples/scenarios/ten-minutes.yaml', import.meta.url);

interface Processor {
  readonly poolId?: number;
  readonly weight?: number;
  readonly mode: string;
  readonly entitledProcCycles: number;
  readonly utilizedCappedProcCycles: number;
  readonly utilizedUnCappedProcCycles: number;
  readonly idleProcCycles: number;
  readonly donatedProcCycles: number;
}

interface Lpar {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
  readonly state: string;
  readonly processor: Processor;
  readonly memory: Record<string, number>;
  readonly network?: { readonly virtualEthernetAdapters: readonly Record<string, number | string>[] };
  readonly storage?: Record<string, readonly Record<string, number | string>[]>;
}

interface Phyp {
  readonly timeBasedCycles: number;
  readonly status: number;
  readonly lparsUtil: readonly Lpar[];
  readonly viosUtil: readonly Lpar[];
  readonly sharedProcessorPool: readonly { id: number; utilizedPoolCycles: number; assignedProcCycles: number }[];
  readonly physicalProcessorPool: { utilizedPoolCycles: number };
  readonly network?: object;
  readonly errorInfo: readonly { errId: string }[];
}

/** A simulator at noon, and the phyp and vios documents of a time after it. */
function play(scenario: ScenarioOptions, options: PowerVmSimulatorOptions = {}) {
  const simulator = new PowerVmSimulator({ systems: 2, lpars: 12, now: () => NOON, scenario, ...options });
  const systems = simulator.systems;
  const at = (after: number, category: string, frame = 0) => {
    const system = systems[frame];
    if (!system) throw new Error(`there is no frame ${frame}`);
    // The grid of the second frame is seven seconds later.
    const time = NOON + after + system.samplingOffset;
    return simulator.documents(system.id, time, time).find((document) => document.category === category);
  };
  const read = (after: number, category: string, frame = 0) =>
    JSON.parse(at(after, category, frame)?.text() ?? 'null')?.systemUtil.utilSample;
  const phyp = (after: number, frame = 0): Phyp => read(after, 'phyp', frame);
  const lpar = (after: number, name: string, frame = 0) => {
    const { lparsUtil, viosUtil } = phyp(after, frame);
    return [...lparsUtil, ...viosUtil].find((one) => one.name === name);
  };
  return { simulator, at, read, phyp, lpar };
}

const consumed = ({ processor }: Lpar) => processor.utilizedCappedProcCycles + processor.utilizedUnCappedProcCycles;

describe('live partition mobility', () => {
  const { phyp, lpar, read } = play({
    events: [{ at: '1m', migrate: { partition: 'prod-db1', to: 'frame-02', takes: '2m', leaves_after: '1m' } }],
  });

  test('shows a placeholder without pool first, then the partition, and the source for a while', () => {
    const uuid = lpar(0, 'prod-db1')?.uuid;
    const byUuid = (after: number, frame: number) => phyp(after, frame).lparsUtil.find((one) => one.uuid === uuid);
    expect(byUuid(0, 1)).toBeUndefined();
    expect(byUuid(90_000, 0)).toMatchObject({ state: 'Migrating Running' });
    const placeholder = byUuid(90_000, 1);
    expect(placeholder).toMatchObject({ state: 'Not Activated', memory: { logicalMem: 0 } });
    expect(placeholder?.processor).not.toHaveProperty('poolId');
    expect(placeholder?.processor).not.toHaveProperty('weight');
    expect(placeholder && consumed(placeholder)).toBe(0);
    expect(byUuid(3.5 * MINUTE, 0)).toMatchObject({ state: 'Not Activated' });
    expect(byUuid(3.5 * MINUTE, 1)).toMatchObject({ state: 'Running', name: 'prod-db1' });
    expect(byUuid(4.5 * MINUTE, 0)).toBeUndefined();
  });

  test('brings accumulated cycles at once, or none, as configured', () => {
    const before = lpar(2.5 * MINUTE, 'prod-db1');
    const cyclesOf = (played: typeof phyp) => {
      const arrived = played(3.5 * MINUTE, 1).lparsUtil.find(({ uuid }) => uuid === before?.uuid);
      return arrived ? consumed(arrived) : Number.NaN;
    };
    expect(cyclesOf(phyp)).toBeGreaterThan((before && consumed(before)) ?? Number.POSITIVE_INFINITY);
    const anew = play({
      events: [{ at: '1m', migrate: { partition: 'prod-db1', to: 'frame-02', takes: '2m', counters: 'anew' } }],
    });
    expect(cyclesOf(anew.phyp)).toBeLessThan(60 * 512e6 * 4);
  });

  test('gives it the VIOSes of the target, which count from zero with the other WWPN', () => {
    const uuid = lpar(0, 'prod-db1')?.uuid;
    const lparAfter = phyp(3.5 * MINUTE, 1).lparsUtil.find((one) => one.uuid === uuid);
    const client = lparAfter?.storage?.virtualFiberChannelAdapters?.[0];
    expect(client?.physicalLocation).toContain(`-V${lparAfter?.id}-`);
    const ports = (after: number) =>
      read(after, 'vios_1', 1).viosUtil[0].storage.fiberChannelAdapters.flatMap(
        (adapter: { ports: readonly object[] }) => adapter.ports,
      );
    expect(ports(3.5 * MINUTE).length).toBe(ports(0).length + 1);
    expect(ports(3.5 * MINUTE).at(-1).readBytes).toBeGreaterThan(0);
    expect(
      Number.parseInt(
        ports(3.5 * MINUTE)
          .at(-1)
          .wwpn.at(-1),
        16,
      ) % 2,
    ).toBe(1);
  });
});

describe('failing VIOSes', () => {
  test('report error 4002 without data, and restart their counters when they are back', () => {
    const { read, lpar } = play({ events: [{ at: 45, vios_failure: { partition: 'vios1', lasts: '1m' } }] });
    expect(read(60_000, 'vios_1')).toMatchObject({ status: 2, errorInfo: [{ errId: '4002' }] });
    expect(read(60_000, 'vios_1').viosUtil[0]).toMatchObject({ storage: {}, network: {}, memory: { utilizedMem: 0 } });
    expect(lpar(60_000, 'vios1')).toMatchObject({ state: 'Open Firmware' });
    expect(lpar(60_000, 'vios1')).not.toHaveProperty('network');
    const disks = (after: number) => read(after, 'vios_1').viosUtil[0].storage.genericPhysicalAdapters[0].readBytes;
    expect(disks(120_000)).toBeLessThan(disks(30_000));
    expect(disks(150_000)).toBeGreaterThan(disks(120_000));
  });

  test('have no document at all, when configured', () => {
    const { at } = play({ events: [{ at: 15, vios_failure: { partition: 'vios1', shows: 'missing' } }] });
    expect(at(30_000, 'vios_1')).toBeUndefined();
    expect(at(30_000, 'vios_2')).toBeDefined();
  });

  test('hand over the bridge to their failover partner', () => {
    const { phyp } = play({ events: [{ at: 15, vios_failure: { partition: 'vios1', lasts: '5m' } }] });
    const shared = (after: number) =>
      phyp(after).viosUtil[1]?.network?.virtualEthernetAdapters.find(({ vlanId }) => vlanId === 102)?.receivedBytes;
    expect(shared(0)).toBe(0);
    expect(shared(60_000)).toBeGreaterThan(0);
  });

  test('with an inactive RMC connection keep running, without idle time, and report error 4005', () => {
    const { read, lpar } = play({ events: [{ at: 0, rmc_inactive: { partition: 'vios2', lasts: '5m' } }] });
    expect(read(30_000, 'vios_2')).toMatchObject({ status: 2, errorInfo: [{ errId: '4005' }] });
    const [before, after] = [lpar(30_000, 'vios2'), lpar(60_000, 'vios2')];
    expect(after?.state).toBe('Running');
    expect(after?.processor.idleProcCycles).toBe(before?.processor.idleProcCycles);
    expect(after && consumed(after)).toBeGreaterThan((before && consumed(before)) ?? Number.POSITIVE_INFINITY);
  });
});

describe('partitions', () => {
  test('restart their counters after a reboot, and are in Open Firmware for a while', () => {
    const { lpar } = play({ events: [{ at: 15, reboot: { partition: 'prod-app1', takes: '30s' } }] });
    const states = [0, 30_000, 60_000].map((after) => lpar(after, 'prod-app1'));
    expect(states.map((one) => one?.state)).toEqual(['Running', 'Open Firmware', 'Running']);
    expect(states[1]?.processor.entitledProcCycles).toBeLessThan(states[0]?.processor.entitledProcCycles ?? 0);
    const bytes = states.map((one) => one?.network?.virtualEthernetAdapters[0]?.receivedBytes as number);
    expect(bytes[1]).toBe(0);
    expect(bytes[2]).toBeGreaterThan(0);
  });

  test('are powered off and on; suspended ones do not count', () => {
    const { lpar } = play({
      events: [
        { at: 15, power_off: { partition: 'prod-app1' } },
        { at: 75, power_on: { partition: 'prod-app1' } },
        { at: 15, suspend: { partition: 'prod-web1', lasts: '1m' } },
      ],
    });
    expect(lpar(30_000, 'prod-app1')).toMatchObject({ state: 'Not Activated', processor: { entitledProcCycles: 0 } });
    expect(lpar(90_000, 'prod-app1')).toMatchObject({ state: 'Running' });
    const [one, two, three] = [30_000, 60_000, 90_000].map((after) => lpar(after, 'prod-web1'));
    expect(one).toMatchObject({ state: 'Suspended' });
    expect(two?.processor).toEqual(one?.processor);
    expect(three?.processor.entitledProcCycles).toBeGreaterThan(two?.processor.entitledProcCycles ?? 0);
  });

  test('gain and lose adapters, whose counters start at zero', () => {
    const { lpar, read } = play({
      events: [
        { at: 15, plug: { partition: 'prod-app1', adapter: 'ethernet' } },
        { at: 15, plug: { partition: 'prod-app1', adapter: 'scsi', vios: 2 } },
        { at: 75, unplug: { partition: 'prod-app1', adapter: 'ethernet' } },
      ],
    });
    const ethernet = (after: number) => lpar(after, 'prod-app1')?.network?.virtualEthernetAdapters ?? [];
    expect([0, 30_000, 90_000].map((after) => ethernet(after).length)).toEqual([1, 2, 1]);
    const [old, added] = ethernet(60_000);
    expect(added?.receivedBytes).toBeGreaterThan(0);
    expect(added?.receivedBytes).toBeLessThan(Number(old?.receivedBytes) / 100);
    const hosts = (after: number) => read(after, 'vios_2').viosUtil[0].storage.genericVirtualAdapters;
    expect(hosts(30_000).length).toBe(hosts(0).length + 1);
  });

  test('are resized without a jump of any counter', () => {
    const { lpar } = play({
      events: [
        { at: 45, resize: { partition: 'prod-app1', entitlement: 3, virtual_processors: 5, memory_mib: 65_536 } },
      ],
    });
    const entitled = (after: number) => lpar(after, 'prod-app1')?.processor.entitledProcCycles ?? Number.NaN;
    const before = entitled(30_000) - entitled(0);
    const after = entitled(90_000) - entitled(60_000);
    expect(after / 30 / 512e6).toBeCloseTo(3, 6);
    expect(entitled(60_000) - entitled(30_000)).toBeCloseTo((before + after) / 2, -2);
    expect(lpar(60_000, 'prod-app1')?.memory.logicalMem).toBe(65_536);
  });

  test('are listed twice, when configured', () => {
    const { phyp } = play({ events: [{ at: 15, list_twice: { partition: 'prod-app1', lasts: '30s' } }] });
    expect([0, 30_000, 60_000].map((after) => phyp(after).lparsUtil.length)).toEqual([12, 13, 12]);
  });
});

describe('systems', () => {
  test('run out of processors in a pool', () => {
    const { phyp } = play({ events: [{ at: 0, exhaust_pool: { pool: 'Production', lasts: '2m' } }] });
    const pool = (after: number) => phyp(after).sharedProcessorPool.find(({ id }) => id === 1);
    const use = (after: number) =>
      (pool(after + 30_000)?.utilizedPoolCycles ?? 0) - (pool(after)?.utilizedPoolCycles ?? 0);
    const size = (pool(60_000)?.assignedProcCycles ?? 0) - (pool(30_000)?.assignedProcCycles ?? 0);
    expect(use(30_000) / size).toBeGreaterThan(0.95);
    expect(use(30_000) / size).toBeLessThanOrEqual(1);
    expect(use(150_000) / size).toBeLessThan(0.9);
  });

  test('are monitored in part, or not at all', () => {
    const { phyp, at, simulator } = play({
      events: [
        { at: 15, compute_only: { lasts: '30s' } },
        { at: 75, samples: { status: 2, lasts: '30s' } },
        { at: 135, samples: { status: 1, lasts: '30s', errors: [{ id: 3001, message: 'busy' }] } },
        { at: 195, no_samples: { lasts: '30s' } },
        { at: 255, energy_gap: { lasts: '30s' } },
      ],
    });
    expect(phyp(30_000).lparsUtil[0]).not.toHaveProperty('network');
    expect([phyp(30_000).network, at(30_000, 'vios_1')]).toEqual([undefined, undefined]);
    expect(phyp(90_000)).toMatchObject({ status: 2, errorInfo: [{ errId: '3004' }], network: {} });
    expect(phyp(90_000).network).not.toHaveProperty('sriovAdapters');
    expect(phyp(150_000)).toEqual({
      timeStamp: '2026-03-04T12:02:30+0000',
      status: 1,
      errorInfo: [{ errId: '3001', errMsg: 'busy' }],
    });
    expect([180_000, 210_000, 240_000].map((after) => at(after, 'phyp') !== undefined)).toEqual([true, false, true]);
    expect([240_000, 270_000].map((after) => at(after, 'energy') !== undefined)).toEqual([true, false]);
    expect(simulator.systems).toHaveLength(2);
  });
});

describe('the story of ten minutes', () => {
  const scenario = readScenario(readFileSync(STORY, 'utf8'), 'ten-minutes.yaml');
  const { phyp, simulator } = play(scenario);

  /** Counters of a document that belong to the frame: no event may set them back. */
  const frameCounters = (sample: Phyp) => [
    sample.timeBasedCycles,
    sample.physicalProcessorPool.utilizedPoolCycles,
    ...sample.sharedProcessorPool.flatMap(({ utilizedPoolCycles, assignedProcCycles }) => [
      utilizedPoolCycles,
      assignedProcCycles,
    ]),
  ];

  test.each([0, 1])('resets no counter of system %i', (frame) => {
    for (let after = 30_000; after <= 12 * MINUTE; after += 30_000) {
      const [before, now] = [phyp(after - 30_000, frame), phyp(after, frame)].map(frameCounters);
      expect(now?.every((value, index) => value >= (before?.[index] ?? 0))).toBe(true);
    }
  });

  test.each([0, 1])('pools of system %i use what their members consume', (frame) => {
    let quiet = 0;
    for (let after = 30_000; after <= 12 * MINUTE; after += 30_000) {
      const [before, now] = [phyp(after - 30_000, frame), phyp(after, frame)];
      const members = (sample: Phyp) => [...sample.lparsUtil, ...sample.viosUtil];
      const pairs = members(now).map((one) => [one, members(before).find(({ uuid }) => uuid === one.uuid)] as const);
      const isQuiet =
        members(before).length === pairs.length &&
        pairs.every(
          ([one, old]) => old && one.processor.poolId === old.processor.poolId && consumed(one) >= consumed(old),
        );
      if (!isQuiet) continue;
      quiet += 1;
      for (const { id, utilizedPoolCycles } of now.sharedProcessorPool) {
        const used = pairs
          .filter(([{ processor }]) => processor.poolId === id)
          .reduce((sum, [one, old]) => sum + consumed(one) - (old ? consumed(old) : 0), 0);
        const pool = before.sharedProcessorPool.find((other) => other.id === id);
        // Sums are beyond 2^53, where a double steps by two.
        expect(Math.abs(utilizedPoolCycles - (pool?.utilizedPoolCycles ?? 0) - used)).toBeLessThanOrEqual(64);
      }
    }
    expect(quiet).toBeGreaterThan(15);
  });

  test('gives the same result for an instant whenever it is requested', () => {
    const [system] = simulator.systems;
    const documents = simulator.documents(system?.id ?? '', NOON, NOON + 10 * MINUTE);
    expect(documents.length).toBeGreaterThan(60);
    const other = play(scenario).simulator;
    for (const { fileName, text } of [...documents].reverse()) expect(other.document(fileName)).toBe(text());
  });
});

describe('a scenario file', () => {
  const problemsOf = (text: string) => {
    try {
      return new PowerVmSimulator({ scenario: readScenario(text, 'story.yaml') }) && [];
    } catch (error) {
      return error instanceof Error ? error.message.split('\n') : [];
    }
  };

  test.each([
    ['events: [', /^story\.yaml:1:\d+ {2}/],
    ['events:\n  - at: 1m\n    explode: {}', /^story\.yaml:2:5 {2}events\[0\]: .*explode/],
    ['events:\n  - at: 1m', /^story\.yaml:2:5 {2}events\[0\]: has none of what may happen.*migrate, vios_failure/],
    [
      'events:\n  - at: soon\n    power_off: { partition: x }',
      /^story\.yaml:2:9 {2}events\[0\]\.at: must be a duration/,
    ],
    ['faults:\n  - reboot: {}', /^story\.yaml:2:5 {2}faults\[0\]\.lasts: a reboot needs the time that it lasts/],
    ['events:\n  - at: 1m\n    reboot: { partition: nobody }', /^events\[0\]\.reboot: there is no partition nobody/],
    [
      'events:\n  - at: 1m\n    exhaust_pool: { pool: Big }',
      /^events\[0\]\.exhaust_pool: frame-01 has no pool Big; it has DefaultPool/,
    ],
    [
      'events:\n  - at: 1m\n    migrate: { partition: prod-db1, to: moon }',
      /there is no system moon; there are frame-01/,
    ],
  ])('that is invalid is explained: %j', (text, message) => {
    const problems = problemsOf(text);
    expect(problems[0]).toMatch(message);
  });

  test('may be JSON and may be empty', () => {
    expect(problemsOf('{"events": [{"at": 1, "power_off": {"partition": "prod-db1"}}]}')).toEqual([]);
    expect(problemsOf('')).toEqual([]);
  });
});
