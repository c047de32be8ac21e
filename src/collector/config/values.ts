import { z } from 'zod';
import { parseDuration } from './duration.ts';

const DURATION_WORDS = 'must be a duration such as 30s, 1m30s or 500ms';

/** `30s`, `1m30s`, `500ms`; kept as text, so that `print-config` shows what was written. */
export const duration = z
  .string({ error: DURATION_WORDS })
  .refine((text) => parseDuration(text) !== undefined, { error: DURATION_WORDS });

/** true or false; the text of an environment variable will do. */
export const flag = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());

/** A whole number that is not negative; the text of an environment variable will do. */
export const wholeNumber = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
  z.int().min(0),
);

export const tlsVersion = z.enum(['TLSv1.2', 'TLSv1.3']);

/** Attributes of OpenTelemetry: plain values. */
export const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Milliseconds of a duration that the schema has accepted. */
export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
