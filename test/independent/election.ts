import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';

/** PCM's interval, less the second or two that a VIOS is late. */
const NEAREST = 25_000;
/** An elected VIOS may be silent for four samples before another one speaks. */
const FARTHEST = 150_000;

/**
 * Every VIOS of every frame sees the size of a shared storage pool; one tells it, and another when that falls silent.
 * @param restarts of the product among the points: each elects anew, and the size may then come from two VIOSes once
 */
export function wrongElections(points: readonly ReceivedPoint[], restarts = 0): string[] {
  const sizes = points.filter(({ metric }) => metric === 'powervm.ssp.size');
  const pools = new Set(sizes.map(({ resource }) => String(resource['powervm.ssp.id'])));
  return [...pools].flatMap((pool) => {
    const times = sizes
      .filter(({ resource }) => resource['powervm.ssp.id'] === pool)
      .map(({ timeUnixNano }) => Number(timeUnixNano / 1_000_000n))
      .sort((left, right) => left - right);
    let pardons = restarts;
    return times.flatMap((time, index) => {
      const distance = time - (times[index - 1] ?? time - NEAREST);
      if (distance >= NEAREST && distance <= FARTHEST) return [];
      pardons -= 1;
      if (distance < NEAREST && pardons >= 0) return [];
      return [
        `${pool}: its size is reported ${distance / 1000} s after it was reported, ${new Date(time).toISOString()}`,
      ];
    });
  });
}
