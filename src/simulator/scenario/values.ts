import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

const DURATION_WORDS = 'must be a duration such as 90s, 1m30s or 2h (a bare number is seconds)';

/** Milliseconds of `90s`, `1m30s` or `500ms`; a bare number is seconds. */
export const duration = z
  .union([z.number().nonnegative(), z.string().regex(DURATION, { error: DURATION_WORDS })], { error: DURATION_WORDS })
  .transform((value) => (typeof value === 'number' ? value * 1_000 : readDuration(value)));

/** Milliseconds, forward or back: `+1h`, `-90s`. */
export const signedDuration = z
  .string()
  .regex(/^[+-](?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/, { error: 'must be a duration with its sign, such as +1h or -90s' })
  .transform((text) => (text.startsWith('-') ? -1 : 1) * readDuration(text.slice(1)));

/** A partition by its name, UUID or number; a system by its name, UUID or MTMS. */
export const reference = z.union([z.string().min(1), z.number().int()]).transform(String);

function readDuration(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
}

/** That a map has exactly one of its `actions`. */
export function oneOf(actions: readonly string[]) {
  return (value: object, context: z.RefinementCtx) => {
    const given = actions.filter((action) => (value as Record<string, unknown>)[action] !== undefined);
    if (given.length === 1) return;
    const found = given.length === 0 ? 'has none' : `has ${given.join(' and ')}`;
    context.addIssue({
      code: 'custom',
      message: `${found} of what may happen; it needs exactly one: ${actions.join(', ')}`,
    });
  };
}
