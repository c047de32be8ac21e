import type { Traffic } from '../../../inspector/index.ts';
import { formatDecimal, shortBytes } from '../../terminal/number-format.ts';
import { bar, type Glyphs, sparkline } from './glyphs.ts';
import { entitlementLevel } from './levels.ts';
import type { Row, SortOrder } from './row.ts';
import type { Mark } from './style.ts';

/** A column of the list. Those with the lowest rank stay on a narrow terminal. */
export interface ListColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly rank: number;
  readonly width: number;
  /** What it may grow to where there is room, the first columns first. */
  readonly maximum: number;
  /** The order that it shows. */
  readonly order?: SortOrder['key'];
  readonly cell: (row: Row, width: number, glyphs: Glyphs) => string | undefined;
  readonly mark?: (row: Row) => Mark | undefined;
}

/** What the list needs of its columns beside the room that there is. */
export interface ColumnNeeds {
  /** `repeated`: two frames have partitions of one name, so that only the frame distinguishes them. */
  readonly frames: 'one' | 'several' | 'repeated';
  /** The column by which the list is sorted is there whatever else is not. */
  readonly order: SortOrder['key'];
  /** Whether any partition has a trend. */
  readonly hasTrend: boolean;
}

const TREND = 'TREND/ENT';
const ofEntitlement = ({ partition }: Row) => entitlementLevel(partition.processor.consumedUtilization);

const columns: readonly ListColumn[] = [
  {
    title: 'PARTITION',
    align: 'left',
    rank: 0,
    width: 14,
    maximum: 32,
    order: 'a',
    cell: ({ partition, isOld }) => `${partition.name}${isOld ? ' (old)' : ''}`,
  },
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
  number('ENT', 3, 5, undefined, ({ partition }) => formatDecimal(partition.processor.entitlement, 2)),
  number('CONS', 1, 5, 'c', ({ partition }) => formatDecimal(partition.processor.consumed, 2)),
  number('BUSY', 4, 5, 'b', ({ partition }) => formatDecimal(partition.processor.busy, 2)),
  {
    ...number('%ENT', 2, 5, 'e', ({ partition }) => percent(partition.processor.consumedUtilization)),
    mark: ofEntitlement,
  },
  {
    title: '',
    align: 'left',
    rank: 7,
    width: 8,
    maximum: 16,
    cell: ({ partition }, width, glyphs) => bar(partition.processor.consumedUtilization, width, glyphs),
    mark: ofEntitlement,
  },
  number('MEM', 5.5, 6, 'm', ({ partition }) => shortBytes(partition.memory.limit)),
  number('USED', 12, 6, undefined, ({ partition }) =>
    shortBytes(partition.guestMemory?.usage ?? partition.vios?.memory.usage),
  ),
  number('NET/s', 5, 6, 'n', ({ network }) => traffic(network)),
  number('DISK/s', 5, 7, 'd', ({ disk }) => traffic(disk)),
  {
    title: TREND,
    align: 'left',
    rank: 6,
    width: 10,
    maximum: 60,
    cell: ({ trend, partition }, width, glyphs) =>
      sparkline(trend, width, glyphs, partition.processor.entitlement ?? 0),
  },
];

function number(
  title: string,
  rank: number,
  width: number,
  order: SortOrder['key'] | undefined,
  cell: ListColumn['cell'],
): ListColumn {
  return { title, align: 'right', rank, width, maximum: width, cell, ...(order === undefined ? {} : { order }) };
}

/** A star marks what a VIOS did not report: the lines above the list name it. */
function traffic({ bytesPerSecond, without }: Traffic): string | undefined {
  const mark = without.length === 0 ? '' : '*';
  const bytes = shortBytes(bytesPerSecond);
  return bytes === undefined ? mark || undefined : `${bytes}${mark}`;
}

function percent(ratio: number | undefined): string | undefined {
  return ratio === undefined ? undefined : (ratio * 100).toFixed(ratio < 10 ? 1 : 0);
}

/** The columns that fit, with the widths that they get. One blank stands between them. */
export function columnsFor(width: number, { frames, order, hasTrend }: ColumnNeeds): readonly ListColumn[] {
  const rankOf = (column: ListColumn) => {
    if (column.order === order) return Math.min(column.rank, 0.5);
    return column.title === 'FRAME' && frames === 'repeated' ? 0.7 : column.rank;
  };
  const candidates = columns.filter(
    ({ title }) => (title !== 'FRAME' || frames !== 'one') && (title !== TREND || hasTrend),
  );
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
