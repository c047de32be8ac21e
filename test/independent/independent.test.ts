import { describe, expect, test } from 'vitest';
import { listMetrics } from '../../src/index.ts';
import type { PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { differencesBetween, wrongResources, wrongStarts } from './compare.ts';
import { checkConservation, checkDonation } from './conservation.ts';
import { wrongElections } from './election.ts';
import { expectedFrom } from './expected.ts';
import { runOnSimulator } from './product.ts';

/** The metrics that are off unless someone switches them on: here all are on. */
const optionalMetrics = listMetrics().flatMap(({ name, default: isOn }) => (isOn ? [] : [name]));

describe('every exported value is what the raw documents say, computed by other code', () => {
  test.each<[string, PowerVmSimulatorOptions]>([
    ['a frame behind an HMC', { lpars: 12, vioses: 2, guestMemory: true }],
    ['a frame without a VIOS, energy only processed', { lpars: 4, vioses: 0, energy: 'processed' }],
    ['a POWER7 with host Ethernet adapters', { lpars: 3, vioses: 1, hostEthernet: true, energy: false }],
    ['a NovaLink partition', { lpars: 8, vioses: 1, console: 'novalink' }],
  ])('%s, four quiet minutes', async (_what, simulator) => {
    const { served, points, violations } = await runOnSimulator(simulator, {
      minutes: 4,
      encoding: 'proto',
      optionalMetrics,
    });
    expect(violations).toEqual([]);
    const expected = expectedFrom(served);
    expect(expected.instants.length).toBeGreaterThanOrEqual(9);
    // Ten say as much as ten thousand.
    expect(differencesBetween(expected, points).slice(0, 10)).toEqual([]);
    expect(wrongResources(expected, points).slice(0, 10)).toEqual([]);
    expect(wrongStarts(points)).toEqual([]);
    expect(wrongElections(points)).toEqual([]);
    const pools = checkConservation(points);
    expect(pools.complaints).toEqual([]);
    expect(pools.balanced).toBeGreaterThanOrEqual(expected.instants.length - 1);
    expect(checkDonation(points).complaints).toEqual([]);
  });

  test('the check itself notices a value that is a millionth off, one that is missing and one too much', async () => {
    const simulator = { lpars: 2, vioses: 1 };
    const { served, points } = await runOnSimulator(simulator, {
      minutes: 1,
      encoding: 'json',
      optionalMetrics,
    });
    const expected = expectedFrom(served);
    const place = points.findIndex(({ metric }) => metric === 'powervm.lpar.cpu.busy');
    const point = points[place];
    if (!point) throw new Error('nothing was exported');
    const wrong = points.with(place, { ...point, value: Number(point.value) * (1 + 1e-6) });
    expect(differencesBetween(expected, wrong)).toEqual([expect.stringContaining('instead of')]);
    expect(differencesBetween(expected, points.toSpliced(place, 1))).toEqual([
      expect.stringMatching(/^missing: .*busy/),
    ]);
    const more = [...points, { ...point, attributes: { 'cpu.mode': 'capped' } }];
    expect(differencesBetween(expected, more)).toEqual([expect.stringMatching(/^not to be exported: .*busy/)]);
    const elsewhere = points.with(place, { ...point, timeUnixNano: point.timeUnixNano + 1_000_000n });
    expect(differencesBetween(expected, elsewhere)).toHaveLength(2);
  });
});
