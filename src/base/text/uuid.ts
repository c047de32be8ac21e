/**
 * UUIDs come upper or lower case, with and without dashes, in one and the same answer of a console
 * (docs/reference/pcm-documents.md#spellings-and-types). Inside the product they are lower case and dashed.
 */
export function normalizeUuid(text: string): string {
  return parseUuid(text) ?? text.trim().toLowerCase();
}

const DASHED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The UUID in the product's spelling; `undefined` for what is none in any. */
export function parseUuid(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (DASHED.test(lower)) return lower;
  const digits = lower.trim().replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

/** Whether `text` is a UUID in any of the spellings that {@link normalizeUuid} accepts. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text.trim().replaceAll('-', ''));
}

/**
 * The UUID of the partition that runs an OpenStack instance: the first hexadecimal digit AND 7, the rest unchanged
 * (docs/reference/pcm-documents.md#identity). PowerVM keeps the top bit for itself, so two instance UUIDs share one
 * partition UUID.
 */
export function partitionUuidOfInstance(instanceUuid: string): string {
  const uuid = normalizeUuid(instanceUuid);
  const firstDigit = Number.parseInt(uuid.charAt(0), 16);
  return Number.isNaN(firstDigit) ? uuid : (firstDigit & 7).toString(16) + uuid.slice(1);
}
