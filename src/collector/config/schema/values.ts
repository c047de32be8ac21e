import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { parseDuration } from './duration.ts';

const DURATION_WORDS = 'must be a duration such as 30s, 1m30s or 500ms';

/** Timers of Node take 31 bits of milliseconds, which are 24.8 days; what is longer would be over at once. */
const LONGEST_DURATION_MS = 24 * 24 * 3_600_000;

/** `30s`, `1m30s`, `500ms`; kept as text, so that `print-config` shows what was written. */
export const duration = z
  .string({ error: DURATION_WORDS })
  .refine((text) => parseDuration(text) !== undefined, { error: DURATION_WORDS })
  .refine((text) => (parseDuration(text) ?? 0) <= LONGEST_DURATION_MS, { error: 'must be at most 576h (24 days)' });

/** As {@link duration}, for what cannot work with no time at all. */
export const positiveDuration = duration.refine((text) => (parseDuration(text) ?? 1) > 0, {
  error: 'must be longer than 0s',
});

/** true or false; the text of an environment variable will do. */
export const flag = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());

/** A whole number that is not negative; the text of an environment variable will do. */
export const wholeNumber = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
  z.int().min(0),
);

/** As {@link wholeNumber}, for what cannot work with none. */
export const countingNumber = wholeNumber.refine((number) => number >= 1, { error: 'must be at least 1' });

export const tlsVersion = z.enum(['TLSv1.2', 'TLSv1.3']);

/** Attributes of OpenTelemetry: plain values. */
export const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Headers of HTTP. What Node would refuse to send is found here, with its place in the file. */
export const headerValues = z.record(
  z.string().refine((name) => canBeSent(() => validateHeaderName(name)), { error: 'is no name of an HTTP header' }),
  z.string().refine((value) => canBeSent(() => validateHeaderValue('x', value)), {
    error: 'has characters that no HTTP header may carry',
  }),
);

function canBeSent(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds of a duration that the schema has accepted. */
export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
