import { randomUUID } from 'node:crypto';
import { ExportError } from '../base/errors.ts';

export type MeterType = 'cumulative' | 'gauge' | 'delta';

/** Metadata of a sample: what Gnocchi takes the attributes of a resource from. */
export type ResourceMetadata = Readonly<Record<string, string | number | null>>;

/** One sample with the names and order of Ceilometer's own `Sample` (ceilometer.md, section 5, "plain dict"). */
export interface CeilometerSample {
  readonly id: string;
  readonly name: string;
  readonly type: MeterType;
  readonly unit: string;
  readonly volume: number;
  readonly user_id: string | null;
  readonly project_id: string | null;
  readonly resource_id: string;
  /** Naive UTC, as compute agents write it. */
  readonly timestamp: string;
  readonly resource_metadata: ResourceMetadata;
  readonly source: string;
  readonly monotonic_time: number | null;
}

export type SampleContent = Omit<CeilometerSample, 'id' | 'timestamp' | 'monotonic_time'> & {
  /** Milliseconds since 1970. */
  readonly time: number;
};

/** Longer ones crash Gnocchi's API (ceilometer.md 2.6). */
const MAX_UNIT_LENGTH = 31;

/**
 * Makes a sample with an identity of its own.
 * @throws {ExportError} `POWERVM_SAMPLE_INVALID` for one that would harm a receiving service (ceilometer.md 2.6)
 */
export function createSample({ time, ...content }: SampleContent): CeilometerSample {
  const refuse = (rule: string) => {
    const place = `${content.name} of ${content.resource_id}`;
    return new ExportError('POWERVM_SAMPLE_INVALID', `sample ${place}: ${rule}`, { context: { meter: content.name } });
  };
  if (!Number.isFinite(content.volume)) throw refuse('the volume is not a finite number');
  if (content.resource_id === '') throw refuse('there is no resource id');
  if (content.unit.length > MAX_UNIT_LENGTH) throw refuse(`the unit is longer than ${MAX_UNIT_LENGTH} characters`);
  return {
    id: randomUUID(),
    name: content.name,
    type: content.type,
    unit: content.unit,
    volume: content.volume,
    user_id: content.user_id,
    project_id: content.project_id,
    resource_id: content.resource_id,
    timestamp: timestampText(time),
    resource_metadata: content.resource_metadata,
    source: content.source,
    monotonic_time: null,
  };
}

/** `2026-11-22T21:23:57.673000`; no fraction when there is none, as Python's isoformat has it. */
function timestampText(time: number): string {
  const text = new Date(time).toISOString().slice(0, -1);
  return text.endsWith('.000') ? text.slice(0, -4) : `${text}000`;
}
