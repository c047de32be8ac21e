/**
 * Milliseconds of a server's `Retry-After`; undefined when there is none.
 * @param header seconds or a date (RFC 9110, 10.2.3)
 * @param now milliseconds since 1970, for the form with a date
 * @param longest milliseconds: longer values are cut to this
 */
export function parseRetryAfter(header: string | undefined, now: number, longest: number): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longest);
}
