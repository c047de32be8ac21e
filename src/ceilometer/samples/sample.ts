import { randomUUID } from 'node:crypto';
import { ExportError } from '../../base/errors/errors.ts';

/** Ceilometer's kinds of meters. */
export type MeterType = 'cumulative' | 'gauge' | 'delta';

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Metadata of a sample: what Gnocchi takes the attributes of a resource from. */
export type ResourceMetadata = JsonObject;

/** One sample with the names and order of Ceilometer's own `Sample` (docs/reference/openstack-formats.md#sample). */
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

/** Longer ones crash Gnocchi's API (docs/reference/openstack-formats.md#what-harms-a-receiver). */
const MAX_UNIT_LENGTH = 31;
/**
 * Longest text that Gnocchi takes as an id or as an attribute of a resource
 * (docs/reference/openstack-formats.md#gnocchi-resources).
 */
const MAX_TEXT_LENGTH = 255;
/**
 * A point far in the future makes Gnocchi drop all true ones until then
 * (docs/reference/openstack-formats.md#what-harms-a-receiver). Milliseconds.
 */
const MAX_AHEAD = 24 * 3_600_000;
const TYPES: ReadonlySet<string> = new Set<MeterType>(['cumulative', 'gauge', 'delta']);

/**
 * Makes a sample with an identity of its own.
 * @param now milliseconds since 1970, to know a time of the future by
 * @throws {ExportError} `POWERVM_SAMPLE_INVALID` for one that would harm a receiving service
 */
export function createSample({ time, ...content }: SampleContent, now: number): CeilometerSample {
  const rule = brokenRule(content, time, now);
  if (rule !== undefined) {
    throw new ExportError('POWERVM_SAMPLE_INVALID', `sample ${content.name} of ${content.resource_id}: ${rule}`, {
      context: { meter: content.name, resource: content.resource_id, rule },
    });
  }
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

/** What is wrong with a sample, in words that are the same for every sample with the same fault. */
function brokenRule(
  { name, type, unit, volume, user_id, project_id, resource_id, source }: Omit<SampleContent, 'time'>,
  time: number,
  now: number,
): string | undefined {
  if (name === '' || name.includes('/')) return 'the meter has no name, or one with a slash';
  if (!TYPES.has(type)) return 'the type is none of gauge, cumulative and delta';
  if (typeof unit !== 'string' || unit.length > MAX_UNIT_LENGTH) {
    return `the unit is longer than ${MAX_UNIT_LENGTH} characters`;
  }
  if (!Number.isFinite(volume)) return 'the volume is not a finite number';
  if (typeof resource_id !== 'string' || resource_id === '') return 'there is no resource id';
  if (resource_id.length > MAX_TEXT_LENGTH) return `the resource id is longer than ${MAX_TEXT_LENGTH} characters`;
  if (resource_id.includes('/')) return 'the resource id has a slash';
  if (!isTextOrNull(user_id) || !isTextOrNull(project_id)) return 'the owner is neither a text nor unknown';
  if (typeof source !== 'string') return 'the source is no text';
  if (!(time > 0)) return 'the time is before 1970';
  if (time > now + MAX_AHEAD) return 'the time is more than a day in the future: check the clock of the console';
  return undefined;
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

/** Control characters, and halves of surrogate pairs: databases and UTF-8 do not take all of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNSTORABLE = /[\u0000-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A text that every receiver can store: at most 255 characters, each of which has a form in UTF-8. */
export function storableText(text: string, maxLength = MAX_TEXT_LENGTH): string {
  const clean = text.replaceAll(UNSTORABLE, '\ufffd');
  return clean.length <= maxLength ? clean : [...clean].slice(0, maxLength).join('');
}

/**
 * The same for the id of a resource, in which Ceilometer writes a slash as an underscore
 * (docs/reference/openstack-formats.md#sample).
 */
export function resourceIdText(text: string): string {
  return text.replaceAll(UNSTORABLE, '\ufffd').replaceAll('/', '_');
}

/** `2026-11-22T21:23:57.673000`; no fraction when there is none, as Python's isoformat has it. */
function timestampText(time: number): string {
  const text = new Date(time).toISOString().slice(0, -1);
  return text.endsWith('.000') ? text.slice(0, -4) : `${text}000`;
}
