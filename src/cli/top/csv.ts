import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeError } from '../../base/errors/errors.ts';
import { printable } from '../../base/text/printable.ts';
import type { Row } from './drawing/row.ts';

type Value = string | number | undefined;

const columns: readonly { readonly title: string; readonly of: (row: Row) => Value }[] = [
  { title: 'time', of: ({ partition }) => new Date(partition.time).toISOString() },
  { title: 'frame', of: ({ frame }) => frame.system.description.name ?? frame.system.description.id },
  { title: 'partition', of: ({ partition }) => partition.name },
  { title: 'uuid', of: ({ partition }) => partition.id },
  { title: 'number', of: ({ partition }) => partition.number },
  { title: 'type', of: ({ partition }) => partition.type },
  { title: 'state', of: ({ partition }) => partition.state },
  { title: 'old', of: ({ isOld }) => (isOld ? 'yes' : 'no') },
  { title: 'entitled_processors', of: ({ partition }) => partition.processor.entitlement },
  { title: 'consumed_processors', of: ({ partition }) => partition.processor.consumed },
  { title: 'busy_processors', of: ({ partition }) => partition.processor.busy },
  { title: 'consumed_of_entitlement', of: ({ partition }) => partition.processor.consumedUtilization },
  { title: 'memory_bytes', of: ({ partition }) => partition.memory.limit },
  {
    title: 'memory_used_bytes',
    of: ({ partition }) => partition.guestMemory?.usage ?? partition.vios?.memory.usage,
  },
  { title: 'network_bytes_per_second', of: ({ network }) => network.bytesPerSecond },
  { title: 'network_without', of: ({ network }) => network.without.join(' ') || undefined },
  { title: 'disk_bytes_per_second', of: ({ disk }) => disk.bytesPerSecond },
  { title: 'disk_without', of: ({ disk }) => disk.without.join(' ') || undefined },
];

/** Rows as CSV (RFC 4180), numbers in full. What is not known is empty. */
function csvOf(rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => field(of(row))))];
  return lines.map((fields) => `${fields.join(',')}\r\n`).join('');
}

function field(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  // A spreadsheet runs what begins like a formula, and names come from other people.
  const text = printable(/^[=+\-@]/.test(value) ? `'${value}` : value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes the rows into a new file of the current directory.
 * @returns what to say about it
 */
export async function saveCsv(rows: readonly Row[], now: number, directory = process.cwd()): Promise<string> {
  const instant = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const file = path.join(directory, `otel-powervm-top-${instant}.csv`);
  try {
    await writeFile(file, csvOf(rows), { flag: 'wx' });
    return `${rows.length} partitions written to ${file}`;
  } catch (error) {
    return `not written: ${describeError(error)}`;
  }
}
