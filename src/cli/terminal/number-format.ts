/** Numbers for people; `undefined` stays so, and becomes a dash in a table. */
export function formatDecimal(value: number | undefined, digits: number): string | undefined {
  return value?.toFixed(digits);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

const TOO_MANY = 999.5;

/** `21474836480` → `20.0 GiB` */
export function formatBytes(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  let scaled = value;
  let step = 0;
  // Four digits are too many: 1015 KiB are 1.0 MiB.
  while (scaled >= TOO_MANY && step < BYTE_UNITS.length - 1) {
    scaled /= 1024;
    step += 1;
  }
  return `${scaled.toFixed(step === 0 ? 0 : 1)} ${BYTE_UNITS[step]}`;
}

/** `21474836480` → `20.0G`, `1048064` → `1.0M`: where there is room for six characters. */
export function shortBytes(value: number | undefined): string | undefined {
  return formatBytes(value)?.replace(/ (?:(\w)iB|B)$/, '$1');
}
