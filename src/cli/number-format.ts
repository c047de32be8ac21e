/** Numbers for people; `undefined` stays so, and becomes a dash in a table. */
export function formatDecimal(value: number | undefined, digits: number): string | undefined {
  return value?.toFixed(digits);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `21474836480` → `20.0 GiB` */
export function formatBytes(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), BYTE_UNITS.length - 1);
  return `${(value / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${BYTE_UNITS[step]}`;
}

/** `21474836480` → `20.0G`, `1048064` → `1023K`: where there is room for six characters. */
export function shortBytes(value: number | undefined): string | undefined {
  return formatBytes(value)
    ?.replace(/^(\d{4})\.\d/, '$1')
    .replace(/ (?:(\w)iB|B)$/, '$1');
}
