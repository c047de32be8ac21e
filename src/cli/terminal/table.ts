import { printable } from '../../base/text/printable.ts';
import { fitted, widthOf } from './screen-text.ts';

export interface Column<Row> {
  readonly title: string;
  /** Numbers are right-aligned. */
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string | undefined;
}

/** Shown for a value that PCM did not provide. */
const ABSENT = '-';

/** What a table that is too wide for a window is cut into, so that no line of it breaks. */
export interface TableWindow {
  /** Undefined: as wide as the table wants. */
  readonly width: number | undefined;
  /** So many columns, from the first, say what a row is about: each part of the table begins with them. */
  readonly leading: number;
}

/**
 * Rows as lines of equal columns. `bold` marks the titles; pass the identity when the reader is not a terminal. Columns that
 * do not fit beside the others come in a further part below.
 */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  bold: (text: string) => string,
  { width: available = Number.POSITIVE_INFINITY, leading }: TableWindow = { width: undefined, leading: 0 },
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row) ?? ABSENT)));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((widest, line) => Math.max(widest, widthOf(line[index] ?? '')), title.length),
  );
  const titles = columns.map(({ title }) => title);
  const line = (texts: readonly string[], part: readonly number[]) =>
    part
      .map((index) => fitted(texts[index] ?? '', widths[index] ?? 0, columns[index]?.align))
      .join(GAP)
      .trimEnd();
  return partsOf(widths, available, leading)
    .map((part) => [bold(line(titles, part)), ...cells.map((texts) => line(texts, part))].join('\n'))
    .join('\n\n');
}

const GAP = '  ';

/** Which columns stand beside each other. */
function partsOf(widths: readonly number[], available: number, leading: number): readonly (readonly number[])[] {
  const all = widths.map((_, index) => index);
  const repeated = all.slice(0, leading);
  const parts: number[][] = [];
  for (const index of all.slice(leading)) {
    const part = parts.at(-1);
    const isRoom = part && lineWidth([...part, index], widths) <= available;
    if (isRoom) part.push(index);
    else parts.push([...repeated, index]);
  }
  return parts.length > 0 ? parts : [repeated];
}

function lineWidth(part: readonly number[], widths: readonly number[]): number {
  return part.reduce((sum, index) => sum + (widths[index] ?? 0), GAP.length * (part.length - 1));
}
