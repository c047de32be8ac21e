import { type ProcessorTime, processorNanoseconds } from '../../inspector/partition/processor-time.ts';
import type { MetricPoint } from './partition-points.ts';

const NANOSECONDS = 1e9;
/** Capped and uncapped. */
const MODES = 2;

/**
 * The processor time of a partition in nanoseconds, to the last one as the inspector has it where the points come from
 * this process: seconds in a double are too short. From elsewhere they are rounded.
 */
export function processorTime(points: readonly MetricPoint[]): number | undefined {
  const times = points.flatMap(({ processorTime: time }): readonly ProcessorTime[] => (time ? [time] : []));
  if (times.length === 0) return Math.round(points.reduce((sum, { value }) => sum + value, 0) * NANOSECONDS);
  const nanoseconds = times.length === MODES ? processorNanoseconds(times) : undefined;
  return nanoseconds === undefined ? undefined : Number(nanoseconds);
}
