/**
 * Time stamps of PCM, in every form that consoles write (docs/reference/console-api.md#time-stamps):
 * `2015-05-27T08:17:45+0000`, `2015-04-30T03:53:00.000Z`, `2015-04-30T03:53:00-04:00`, and the compact
 * `20160328T031000-0400` of file names and lpar documents. A stamp without offset is UTC.
 */
const TIME_STAMP =
  /^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2}))?(?:[.,](\d{1,9}))?\s*(?:(Z)|([+-])(\d{2}):?(\d{2}))?$/i;

/** Milliseconds since 1970, or `undefined` for what is not a time stamp. */
export function parseTimeStamp(text: string): number | undefined {
  const match = TIME_STAMP.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '0', , sign, offsetHour = '0', offsetMinute = '0'] =
    match;
  const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute));
  const time = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute) - offsetMinutes,
    Number(second),
    Math.floor(Number(`0.${fraction}`) * 1000),
  );
  const isOfCalendar = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  return isOfCalendar && Number(hour) <= 24 && Number(minute) < 60 && Number(second) <= 60 ? time : undefined;
}

/** How far another clock is from ours: `3600 s behind`, `2 s ahead of`; a name of ours follows. */
export function clockOffsetWords(seconds: number): string {
  return `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'}`;
}
