import type { Traffic } from '../../inspector/index.ts';
import { formatDecimal, shortBytes } from '../number-format.ts';
import { bar, type Glyphs, sparkline } from './glyphs.ts';
import type { Row } from './row.ts';

/** A column of the list. Those with the lowest rank stay on a narrow terminal. */
export interface ListColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly rank: number;
  readonly width: number;
  /** What it may grow to where there is room, the first columns first. */
  readonly maximum: number;
  readonly cell: (row: Row, width: number, glyphs: Glyphs) => string | undefined;
}

const columns: readonly ListColumn[] = [
  { title: 'PARTITION', align: 'left', rank: 0, width: 14, maximum: 32, cell: ({ partition }) => partition.name },
  {
    title: 'FRAME',
    align: 'left',
    rank: 11,
    width: 10,
    maximum: 20,
    cell: ({ frame }) => frame.system.description.name,
  },
  { title: 'TYPE', align: 'left', rank: 9, width: 9, maximum: 9, cell: ({ partition }) => partition.type },
  { title: 'STATE', align: 'left', rank: 8, width: 13, maximum: 16, cell: ({ partition }) => partition.state },
  number('ENT', 3, 5, ({ partition }) => formatDecimal(partition.processor.entitlement, 2)),
  number('CONS', 1, 5, ({ partition }) => formatDecimal(partition.processor.consumed, 2)),
  number('BUSY', 4, 5, ({ partition }) => formatDecimal(partition.processor.busy, 2)),
  number('%ENT', 2, 5, ({ partition }) => percent(partition.processor.consumedUtilization)),
  {
    title: '',
    align: 'left',
    rank: 5,
    width: 8,
    maximum: 20,
    cell: ({ partition }, width, glyphs) => bar(partition.processor.consumedUtilization, width, glyphs),
  },
  number('MEM', 10, 6, ({ partition }) => shortBytes(partition.memory.limit)),
  number('USED', 12, 6, ({ partition }) => shortBytes(partition.guestMemory?.usage ?? partition.vios?.memory.usage)),
  number('NET/s', 6, 6, ({ network }) => traffic(network)),
  number('DISK/s', 6, 7, ({ disk }) => traffic(disk)),
  {
    title: '30 MINUTES',
    align: 'left',
    rank: 7,
    width: 10,
    maximum: 60,
    cell: ({ trend }, width, glyphs) => sparkline(trend, width, glyphs),
  },
];

function number(title: string, rank: number, width: number, cell: ListColumn['cell']): ListColumn {
  return { title, align: 'right', rank, width, maximum: width, cell };
}

/** A star stands for what a VIOS did not tell: the lines above the list say which one it is. */
function traffic({ bytesPerSecond, without }: Traffic): string | undefined {
  const mark = without.length === 0 ? '' : '*';
  const bytes = shortBytes(bytesPerSecond);
  return bytes === undefined ? mark || undefined : `${bytes}${mark}`;
}

function percent(ratio: number | undefined): string | undefined {
  return ratio === undefined ? undefined : (ratio * 100).toFixed(ratio < 10 ? 1 : 0);
}

export interface ColumnWishes {
  readonly hasSeveralFrames: boolean;
  /** Whether partitions of different frames have one name: without the frame nobody knows which is which. */
  readonly hasLikeNames?: boolean;
  /** Title of the column by which the list is sorted: it is always there. */
  readonly sortedBy?: string;
}

/** The columns that fit, with the widths that they get. One blank stands between them. */
export function columnsFor(
  width: number,
  { hasSeveralFrames, hasLikeNames = false, sortedBy }: ColumnWishes,
): readonly ListColumn[] {
  const candidates = columns.filter(({ title }) => title !== 'FRAME' || hasSeveralFrames);
  const rankOf = ({ title, rank }: ListColumn) =>
    title === sortedBy || (title === 'FRAME' && hasLikeNames) ? 0.5 : rank;
  const byRank = [...candidates].sort((left, right) => rankOf(left) - rankOf(right));
  const chosen = new Set<ListColumn>();
  let used = -1;
  for (const column of byRank) {
    if (used + column.width + 1 > width) break;
    chosen.add(column);
    used += column.width + 1;
  }
  let left = width - used;
  return candidates
    .filter((column) => chosen.has(column))
    .map((column) => {
      const more = Math.min(left, column.maximum - column.width);
      left -= more;
      return { ...column, width: column.width + more };
    });
}
