import { expect, test } from 'vitest';
import { listMetrics } from '../../src/index.ts';
import type { PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { changedResources, lostIncreases, overlappingStreams } from '../helpers/streams.ts';
import { differencesBetween, wrongResources, wrongShapes, wrongStarts } from './compare.ts';
import { checkConservation, checkDonation } from './conservation.ts';
import { wrongElections } from './election.ts';
import { expectedFrom } from './expected.ts';
import { everybody, findPartition, hasRestarted } from './processors.ts';
import { type Incident, runOnSimulator } from './product.ts';
import { listAt, objectAt, type RawObject, uuidAt } from './raw-json.ts';
import type { Instant } from './story.ts';

/** Half an hour in which everything happens that an administrator fears for the numbers. */
const simulator: PowerVmSimulatorOptions = {
  systems: 2,
  lpars: 8,
  vioses: 2,
  guestMemory: true,
  scenario: {
    name: 'a bad quarter of an hour',
    events: [
      { at: '1m', plug: { partition: 'prod-db1', system: 'frame-01', adapter: 'ethernet' } },
      { at: '1m', plug: { partition: 'prod-app1', system: 'frame-01', adapter: 'scsi' } },
      { at: '1m30s', plug: { partition: 'prod-db1', system: 'frame-01', adapter: 'fibre_channel' } },
      { at: '2m', migrate: { partition: 'test-db1', system: 'frame-01', to: 'frame-02' } },
      { at: '3m', vios_failure: { partition: 'vios2', system: 'frame-01', lasts: '90s' } },
      { at: '5m', vios_failure: { partition: 'vios1', system: 'frame-02', lasts: '90s', shows: 'missing' } },
      { at: '5m', reboot: { partition: 'prod-web1', system: 'frame-01' } },
      { at: '6m', unplug: { partition: 'prod-app1', system: 'frame-01', adapter: 'scsi' } },
      { at: '7m', rmc_inactive: { partition: 'vios1', system: 'frame-01', lasts: '60s' } },
      { at: '7m', rmc_inactive: { partition: 'prod-db1', system: 'frame-02' } },
      { at: '8m', samples: { system: 'frame-02', status: 2, lasts: '60s' } },
      { at: '8m', resize: { partition: 'prod-db1', system: 'frame-02', entitlement: 1.5, memory_mib: 8192 } },
      { at: '8m30s', list_twice: { partition: 'dev-build1', system: 'frame-01', lasts: '60s' } },
      { at: '2m', plug: { partition: 'test-db1', system: 'frame-02', adapter: 'ethernet' } },
      { at: '2m30s', resize: { partition: 'prod-app1', system: 'frame-01', virtual_processors: 4 } },
      { at: '3m', reboot: { partition: 'prod-db1', system: 'frame-02' } },
      { at: '4m', plug: { partition: 'dev-build1', system: 'frame-01', adapter: 'fibre_channel' } },
      { at: '4m30s', rmc_inactive: { partition: 'prod-web1', system: 'frame-02', lasts: '60s' } },
      { at: '6m', resize: { partition: 'prod-web1', system: 'frame-02', memory_mib: 12288 } },
      { at: '6m30s', unplug: { partition: 'dev-build1', system: 'frame-01', adapter: 'fibre_channel' } },
      { at: '7m30s', plug: { partition: 'prod-db1', system: 'frame-01', adapter: 'scsi' } },
      { at: '9m30s', reboot: { partition: 'dev-build1', system: 'frame-02' } },
      { at: '10m', samples: { system: 'frame-01', status: 2, lasts: '30s' } },
      { at: '9m', suspend: { partition: 'prod-web1', system: 'frame-02', lasts: '60s' } },
      { at: '14m', reboot: { partition: 'prod-web1', system: 'frame-01' } },
      { at: '19m', reboot: { partition: 'prod-db1', system: 'frame-01' } },
      { at: '9m', migrate: { partition: 'prod-app1', system: 'frame-02', to: 'frame-01', counters: 'anew' } },
    ],
  },
};

/** Both destinations are away among the events, and once the collector as well as its destinations after it. */
const incidents: Readonly<Record<number, Incident>> = {
  4: 'away',
  7: 'back',
  13: 'stop',
  16: 'start',
  18: 'away',
  20: 'stop',
  21: 'start',
  22: 'back',
};

const restarts = Object.values(incidents).filter((incident) => incident === 'start').length;

const optionalMetrics = listMetrics().flatMap(({ name, default: isOn }) => (isOn ? [] : [name]));

test.each(['proto', 'json'] as const)(
  'half an hour in which everything happens, in %s: every value, and nothing else',
  async (encoding) => {
    const { served, points, deltas, violations } = await runOnSimulator(simulator, {
      minutes: 26,
      incidents,
      encoding,
      optionalMetrics,
    });
    expect(violations).toEqual([]);
    const expected = expectedFrom(served);
    expect(issuesIn(expected.instants)).toEqual(issues);
    expect(differencesBetween(expected, points).slice(0, 10)).toEqual([]);
    expect(wrongResources(expected, points).slice(0, 10)).toEqual([]);
    expect(wrongStarts(points).slice(0, 10)).toEqual([]);
    expect(overlappingStreams(points).slice(0, 10)).toEqual([]);
    expect(changedResources([...points, ...deltas]).slice(0, 10)).toEqual([]);
    const { compared, problems } = lostIncreases(points, deltas);
    expect(problems.slice(0, 10)).toEqual([]);
    expect(compared).toBeGreaterThan(500);
    expect(wrongShapes(listMetrics(), points)).toEqual([]);
    expect(wrongElections(points, restarts)).toEqual([]);
    const pools = checkConservation(points);
    expect(pools.complaints).toEqual([]);
    // Three pools of two frames at two dozen instants; not while a member comes, goes or starts again.
    expect(pools.balanced).toBeGreaterThan(100);
    expect(pools.open).toBeGreaterThan(0);
    expect(checkDonation(points).complaints).toEqual([]);
  },
  600_000,
);

/** What must be seen in the documents, lest the scenario has not happened. */
const issues = [
  'a VIOS document is missing',
  'a VIOS is in Open Firmware',
  'a counter has fallen',
  'a partition is listed twice',
  'a partition is reported by another frame',
  'a partition is suspended',
  'an adapter is gone',
  'an adapter is new',
  'error 4002',
  'error 4005',
  'guest error 6003',
  'status 2',
];

function issuesIn(instants: readonly Instant[]): string[] {
  const seen = new Set<string>();
  const frames = new Map<string, string>();
  for (const instant of instants) {
    const { sample, vioses, guests, before, reported } = instant;
    if (sample.status === 2) seen.add('status 2');
    if (everybody(instant).length < listAt(sample, 'lparsUtil').length + listAt(sample, 'viosUtil').length) {
      seen.add('a partition is listed twice');
    }
    for (const { element, isVios } of everybody(instant)) {
      const id = uuidAt(element, 'uuid') ?? '';
      if (isVios && !vioses.has(Number(element.id))) seen.add('a VIOS document is missing');
      if (isVios && element.state === 'Open Firmware') seen.add('a VIOS is in Open Firmware');
      if (element.state === 'Suspended') seen.add('a partition is suspended');
      if (reported.has(id) && (frames.get(id) ?? instant.systemId) !== instant.systemId) {
        seen.add('a partition is reported by another frame');
      }
      if (reported.has(id)) frames.set(id, instant.systemId);
      const earlier = findPartition(before, id);
      if (!earlier) continue;
      if (hasRestarted(objectAt(element, 'processor'), objectAt(earlier, 'processor')))
        seen.add('a counter has fallen');
      const growth = adaptersOf(element) - adaptersOf(earlier);
      if (growth !== 0 && element.state === 'Running')
        seen.add(growth > 0 ? 'an adapter is new' : 'an adapter is gone');
    }
    for (const { sample: document, vios } of vioses.values()) {
      for (const { errId } of [...listAt(document, 'errorInfo'), ...listAt(vios, 'errorInfo')])
        seen.add(`error ${errId}`);
    }
    for (const guest of guests) {
      const { errorId } = objectAt(guest, 'errorInfo');
      if (errorId === '6003') seen.add('guest error 6003');
    }
  }
  return [...seen].sort();
}

function adaptersOf(element: RawObject): number {
  const network = objectAt(element, 'network');
  const storage = objectAt(element, 'storage');
  return [
    listAt(network, 'virtualEthernetAdapters'),
    listAt(storage, 'genericVirtualAdapters'),
    listAt(storage, 'virtualFiberChannelAdapters'),
  ].flat().length;
}
