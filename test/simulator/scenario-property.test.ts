import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PowerVmSimulator, ScenarioError, type ScenarioOptions } from '../../src/simulator/index.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const LAST = 6 * 60_000;

const lpar = fc.constantFrom('prod-db1', 'prod-app1', 'prod-web1', 'test-db1', 'dev-build1', 'prod-erp1');
const vios = fc.constantFrom('vios1', 'vios2');
const partition = fc.oneof(lpar, vios);
const system = fc.constantFrom('frame-01', 'frame-02');
const lasts = fc.integer({ min: 1, max: 200 });
const adapter = fc.constantFrom('ethernet' as const, 'scsi' as const, 'fibre_channel' as const, 'sriov' as const);
const place = { partition, system };

/** Something that happens at any time; some of it cannot, which the simulator must say. */
const event: fc.Arbitrary<NonNullable<ScenarioOptions['events']>[number]> = fc
  .tuple(
    fc.integer({ min: 0, max: 300 }),
    fc.oneof(
      fc.record({
        migrate: fc.record({
          partition: lpar,
          system,
          to: system,
          takes: lasts,
          leaves_after: lasts,
          counters: fc.constantFrom('carried' as const, 'anew' as const),
        }),
      }),
      fc.record({ vios_failure: fc.record({ partition: vios, system, lasts }) }),
      fc.record({ rmc_inactive: fc.record({ ...place, lasts }) }),
      fc.record({ reboot: fc.record({ ...place, takes: lasts }) }),
      fc.record({ power_off: fc.record(place) }),
      fc.record({ power_on: fc.record(place) }),
      fc.record({ suspend: fc.record({ ...place, lasts }) }),
      fc.record({ plug: fc.record({ partition: lpar, system, adapter }) }),
      fc.record({ unplug: fc.record({ ...place, adapter }) }),
      fc.record({
        resize: fc.record({
          ...place,
          entitlement: fc.double({ min: 0.1, max: 4, noNaN: true }),
          virtual_processors: fc.integer({ min: 1, max: 8 }),
        }),
      }),
      fc.record({ exhaust_pool: fc.record({ pool: fc.constantFrom('Production', 'DefaultPool'), system, lasts }) }),
    ),
  )
  .map(([at, action]) => ({ at, ...action }));

type Sample = Record<string, unknown>;

/** Every counter of a part of a document, by its way there. */
function counters(value: unknown, way = ''): [string, number][] {
  if (Array.isArray(value)) return value.flatMap((one, index) => counters(one, `${way}/${nameOf(one) ?? index}`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => counters(inner, `${way}/${name}`));
  }
  return typeof value === 'number' && /(?:Cycles|Bytes|Packets|Reads|Writes)$/.test(way) ? [[way, value]] : [];
}

function nameOf(value: unknown): string | undefined {
  const { physicalLocation, name } = (value ?? {}) as Record<string, string | undefined>;
  return physicalLocation ?? name;
}

function samplesOf(simulator: PowerVmSimulator, id: string, category: string): Sample[] {
  return simulator
    .documents(id, NOON, NOON + LAST)
    .filter((document) => document.category === category)
    .map(({ text }) => JSON.parse(text()).systemUtil.utilSample);
}

test('property: no counter of a system decreases, is negative or fractional', () => {
  let played = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 8 }), (events) => {
      let simulator: PowerVmSimulator;
      try {
        simulator = new PowerVmSimulator({ systems: 2, lpars: 6, now: () => NOON, scenario: { events } });
      } catch (error) {
        expect(error).toBeInstanceOf(ScenarioError);
        return;
      }
      played += 1;
      for (const { id } of simulator.systems) {
        let before = new Map<string, number>();
        for (const { lparsUtil, viosUtil, ...frame } of samplesOf(simulator, id, 'phyp')) {
          const now = counters(frame);
          for (const [way, value] of now) expect(value, way).toBeGreaterThanOrEqual(before.get(way) ?? 0);
          before = new Map(now);
          const members = counters([lparsUtil, viosUtil]);
          for (const [way, value] of members)
            expect(value >= 0 && Number.isInteger(value), `${way}: ${value}`).toBe(true);
        }
        for (const category of ['vios_1', 'vios_2']) {
          const all = samplesOf(simulator, id, category).flatMap((sample) => counters(sample));
          for (const [way, value] of all) expect(value >= 0 && Number.isInteger(value), `${way}: ${value}`).toBe(true);
        }
      }
    }),
    { numRuns: 10 },
  );
  expect(played).toBeGreaterThan(3);
});
