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

/** Rows as lines of equal columns. `bold` marks the titles; pass the identity when the reader is not a terminal. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  bold: (text: string) => string,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row) ?? ABSENT)));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((widest, line) => Math.max(widest, widthOf(line[index] ?? '')), title.length),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => fitted(text, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd();
  return [bold(line(columns.map(({ title }) => title))), ...cells.map(line)].join('\n');
}
