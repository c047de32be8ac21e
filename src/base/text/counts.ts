/** With separators of thousands: `12,345` */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/**
 * `1 frame`, `2 frames`
 * @param many the plural, where it is not the singular with an s
 */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
