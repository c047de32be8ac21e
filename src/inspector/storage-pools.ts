import type { StoragePoolSample, ViosSample } from '../pcm/model.ts';
import type { SystemSample } from '../pcm/system-sample.ts';
import type { StoragePoolActivity, StoragePoolClientActivity, ViosReference } from './activity.ts';
import { bytesOf } from './counters.ts';
import { hasStorageRestarted } from './storage.ts';
import { startTimeOf } from './timed.ts';

interface Sighting {
  readonly pool: StoragePoolSample;
  readonly vios: ViosSample;
}

/**
 * The shared storage pools that the VIOSes of a frame see. All see the same size, so one is elected to tell it: the
 * lowest partition number that knows it. The traffic is each VIOS's own.
 */
export function storagePoolActivities(
  sample: SystemSample,
  previous: readonly StoragePoolActivity[] | undefined,
  viosReference: (number: number, name: string | undefined) => ViosReference,
): readonly StoragePoolActivity[] {
  return [...sightingsByPool(sample)].map(([id, sightings]) => {
    const before = previous?.find((pool) => pool.id === id);
    const elected = sightings.find(({ pool }) => pool.totalMib !== undefined) ?? sightings[0];
    const isFresh = (vios: ViosSample | undefined) => vios !== undefined && sample.fresh.vioses.has(vios.number);
    const time = elected?.vios.time ?? sample.hypervisor.time;
    return {
      time,
      startTime: time,
      fresh: isFresh(elected?.vios),
      id,
      name: elected?.pool.name,
      size: bytesOf(elected?.pool.totalMib),
      usage: bytesOf(elected?.pool.usedMib),
      clients: sightings.map(({ pool, vios }): StoragePoolClientActivity => {
        const known = before?.clients.find((client) => client.vios.number === vios.number);
        const restarted = hasStorageRestarted(pool, known);
        return {
          time: vios.time,
          startTime: startTimeOf(known, vios.time, restarted),
          fresh: isFresh(vios),
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

/** By pool, in the order of the VIOSes' partition numbers. */
function sightingsByPool(sample: SystemSample): Map<string, Sighting[]> {
  const pools = new Map<string, Sighting[]>();
  for (const vios of [...sample.vioses.values()].sort((left, right) => left.number - right.number)) {
    for (const pool of vios.storagePools) pools.set(pool.id, [...(pools.get(pool.id) ?? []), { pool, vios }]);
  }
  return pools;
}
