import type { SystemSample } from '../../pcm/assembly/system-sample.ts';
import type { StoragePoolSample, ViosSample } from '../../pcm/model.ts';
import type { StoragePoolActivity, StoragePoolClientActivity, ViosReference } from '../activity.ts';
import { counterKinds } from '../counters/counter-kinds.ts';
import { bytesOf } from '../counters/counters.ts';
import { HYPERVISOR, type StartTimes, viosSource } from '../counters/timed.ts';
import { previousName } from '../partition/description.ts';

/** An elected VIOS may be silent for so long: four samples, as long as anything is taken for present. */
const ELECTION_HOLDS = 120_000;
/** A pool, or a VIOS of it, without data for so long is forgotten. */
const FORGET_AFTER = 3_600_000;

interface Observation {
  readonly pool: StoragePoolSample;
  readonly vios: ViosSample;
}

/**
 * The shared storage pools that the VIOSes of a frame see. All see the same size, so one is elected to report it: the
 * lowest partition number that knows it. It stays elected, although its document comes late now and then: two VIOSes in
 * turn would give one series two points for one instant. The traffic is each VIOS's own.
 */
export function storagePoolActivities(
  sample: SystemSample,
  previous: readonly StoragePoolActivity[],
  viosReference: (number: number, name: string | undefined) => ViosReference,
  starts: StartTimes,
): readonly StoragePoolActivity[] {
  const { hypervisor, fresh } = sample;
  return [...observationsByPool(sample)].map(([id, observations]) => {
    const before = previous.find((pool) => pool.id === id);
    const elected = elect(observations, before, hypervisor.time);
    const reporter = observations.find(({ vios }) => vios.number === elected);
    const time = reporter?.vios.time ?? before?.time ?? hypervisor.time;
    const name = reporter?.pool.name ?? observations[0]?.pool.name ?? before?.name;
    return {
      time,
      startTime: starts.startOf(
        {
          owner: `pool ${id}`,
          kind: counterKinds.itself,
          id: '',
          source: HYPERVISOR,
          time,
          counters: {},
        },
        { previous: before, restarted: false },
      ),
      fresh: reporter !== undefined && fresh.vioses.has(elected),
      id,
      name,
      previousName: previousName(before?.name, name),
      elected,
      size: bytesOf(reporter?.pool.totalMib),
      usage: bytesOf(reporter?.pool.usedMib),
      clients: observations.map(({ pool, vios }): StoragePoolClientActivity => {
        const known = before?.clients.find((client) => client.vios.number === vios.number);
        const restarted = known !== undefined && counterKinds.poolClient.hasDecreased(pool, known);
        return {
          time: vios.time,
          startTime: starts.startOf(
            {
              owner: `pool ${id}`,
              kind: counterKinds.poolClient,
              id: `${vios.number}`,
              source: viosSource(vios.number),
              time: vios.time,
              counters: pool,
            },
            { previous: known, restarted },
          ),
          fresh: fresh.vioses.has(vios.number),
          vios: viosReference(vios.number, vios.name),
          reads: pool.reads,
          writes: pool.writes,
          readBytes: pool.readBytes,
          writtenBytes: pool.writtenBytes,
        };
      }),
    };
  });
}

/** What to compare the next sample with: the newest of every pool and of every VIOS of it. */
export function rememberStoragePools(
  known: readonly StoragePoolActivity[],
  current: readonly StoragePoolActivity[],
): readonly StoragePoolActivity[] {
  if (known.length === 0) return current;
  const now = Math.max(...[...known, ...current].flatMap(({ clients }) => clients.map(({ time }) => time)));
  const ids = new Set([...known, ...current].map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const newest = current.find((pool) => pool.id === id);
    const before = known.find((pool) => pool.id === id);
    const base = newest ?? before;
    if (!base) return [];
    const others = (before?.clients ?? []).filter(
      ({ vios, time }) =>
        now - time < FORGET_AFTER && !newest?.clients.some((client) => client.vios.number === vios.number),
    );
    const clients = [...(newest?.clients ?? []), ...others];
    return clients.length === 0 ? [] : [{ ...base, clients }];
  });
}

function elect(observations: readonly Observation[], before: StoragePoolActivity | undefined, now: number): number {
  const isTelling = before && observations.some(({ vios }) => vios.number === before.elected);
  if (before && (isTelling || now - before.time <= ELECTION_HOLDS)) return before.elected;
  const able = observations.find(({ pool }) => pool.totalMib !== undefined) ?? observations[0];
  return able?.vios.number ?? 0;
}

/** By pool, in the order of the VIOSes' partition numbers. */
function observationsByPool(sample: SystemSample): Map<string, Observation[]> {
  const pools = new Map<string, Observation[]>();
  for (const vios of [...sample.vioses.values()].sort((left, right) => left.number - right.number)) {
    for (const pool of vios.storagePools) pools.set(pool.id, [...(pools.get(pool.id) ?? []), { pool, vios }]);
  }
  return pools;
}
