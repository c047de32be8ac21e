import { count } from '../../../base/text/counts.ts';

const ABSENT = '–';
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
/** Four digits are too many: 1015 KiB are 1.0 MiB. */
const TOO_MANY = 999.5;

/** Numbers for people. What PCM did not say is a dash, never a zero. */
export function decimal(value: number | undefined | null): string {
  return value === undefined || value === null ? ABSENT : value.toFixed(2);
}

export function percent(ratio: number | undefined): string {
  return ratio === undefined ? ABSENT : `${Math.round(ratio * 100)} %`;
}

export function bytes(value: number | undefined | null): string {
  if (value === undefined || value === null) return ABSENT;
  let scaled = value;
  let step = 0;
  while (scaled >= TOO_MANY && step < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    step += 1;
  }
  return `${scaled.toFixed(step === 0 || scaled >= 100 ? 0 : 1)} ${BYTE_UNITS[step]}`;
}

export function perSecond(value: number | undefined | null): string {
  return value === undefined || value === null ? ABSENT : `${bytes(value)}/s`;
}

export function watts(value: number | undefined | null): string {
  return value === undefined || value === null ? ABSENT : `${count(Math.round(value))} W`;
}

/** `just now`, `40 s ago`, `3 min ago`, `5 h ago` */
export function ago(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 2) return 'just now';
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** In the reader's own time zone. */
export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}

export function words(text: string | undefined): string {
  return text ?? ABSENT;
}

const types: Readonly<Record<string, string>> = { aix_linux: 'AIX/Linux', ibm_i: 'IBM i', ibmi: 'IBM i', vios: 'VIOS' };

/** As administrators write it. */
export function typeName(type: string | undefined): string {
  return type === undefined ? ABSENT : (types[type] ?? type);
}

/** `Not Activated` and `not activated` are one state. */
export function stateName(state: string | undefined): string {
  return state === undefined ? ABSENT : state.toLowerCase();
}
