import { ConsoleError } from '../../base/errors/errors.ts';

/** One object of a quick answer. Its types are loose: see the readers below. */
export type QuickObject = Readonly<Record<string, unknown>>;

/**
 * Reads a quick answer: a JSON array of objects (docs/reference/console-api.md#quick-properties). Elements that are no
 * objects are left out.
 * @throws {ConsoleError} `POWERVM_ANSWER_INVALID`
 */
export function parseQuickObjects(text: string, place: string): readonly QuickObject[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its reason quotes the response, and that may repeat what was sent.
    throw new ConsoleError('POWERVM_ANSWER_INVALID', `${place}: the answer is not JSON`, { context: { place } });
  }
  if (!Array.isArray(value)) {
    throw new ConsoleError('POWERVM_ANSWER_INVALID', `${place}: the answer is not a list`, { context: { place } });
  }
  return value.filter(
    (element): element is QuickObject => typeof element === 'object' && element !== null && !Array.isArray(element),
  );
}

export function quickText(object: QuickObject, name: string): string | undefined {
  const value = object[name];
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text === 'null' ? undefined : text;
}

/** Numbers come as `10240.0`, `2E+1` or `"20"`. */
export function quickNumber(object: QuickObject, name: string): number | undefined {
  const value = object[name];
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Booleans come as `true` or `"true"`. */
export function quickBoolean(object: QuickObject, name: string): boolean | undefined {
  const value = object[name];
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
