const ABSENT = '–';
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Numbers for people. What PCM did not say is a dash, never a zero. */
export function decimal(value: number | undefined | null): string {
  return value === undefined || value === null ? ABSENT : value.toFixed(2);
}

export function percent(ratio: number | undefined): string {
  return ratio === undefined ? ABSENT : `${Math.round(ratio * 100)} %`;
}

export function bytes(value: number | undefined | null): string {
  if (value === undefined || value === null) return ABSENT;
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), BYTE_UNITS.length - 1);
  return `${(value / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${BYTE_UNITS[step]}`;
}

export function perSecond(value: number | undefined | null): string {
  return value === undefined || value === null ? ABSENT : `${bytes(value)}/s`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `just now`, `40 s ago`, `3 min ago` */
export function ago(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 2) return 'just now';
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

/** ` without vios1`, behind a sum that lacks its part. */
export function without(names: readonly string[] | undefined): string {
  return names === undefined ? '' : ` without ${names.join(', ')}`;
}

export function words(text: string | undefined): string {
  return text ?? ABSENT;
}
