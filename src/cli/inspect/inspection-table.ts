import { printable } from '../../base/text/printable.ts';
import {
  diskTraffic,
  type FrameActivity,
  networkTraffic,
  type PartitionActivity,
  type Traffic,
} from '../../inspector/index.ts';
import { formatBytes, formatDecimal } from '../terminal/number-format.ts';
import { type Column, renderTable } from '../terminal/table.ts';

const columns: readonly Column<PartitionActivity>[] = [
  { title: 'ID', align: 'right', cell: ({ number }) => String(number) },
  { title: 'PARTITION', align: 'left', cell: ({ name }) => name },
  { title: 'TYPE', align: 'left', cell: ({ type }) => type },
  { title: 'STATE', align: 'left', cell: ({ state }) => state },
  { title: 'ENTITLED', align: 'right', cell: ({ processor }) => formatDecimal(processor.entitlement, 2) },
  { title: 'CONSUMED', align: 'right', cell: ({ processor }) => formatDecimal(processor.consumed, 2) },
  { title: 'BUSY', align: 'right', cell: ({ processor }) => formatDecimal(processor.busy, 2) },
  { title: 'BUSY/ENT', align: 'right', cell: ({ processor }) => percent(processor.utilization) },
  { title: 'MEMORY', align: 'right', cell: ({ memory }) => formatBytes(memory.limit) },
  {
    title: 'USED',
    align: 'right',
    cell: ({ guestMemory, vios }) => formatBytes(guestMemory?.usage ?? vios?.memory.usage),
  },
  { title: 'NET IN', align: 'right', cell: (partition) => rate(networkTraffic(partition, ['received'])) },
  { title: 'NET OUT', align: 'right', cell: (partition) => rate(networkTraffic(partition, ['sent'])) },
  { title: 'READ', align: 'right', cell: (partition) => rate(diskTraffic(partition, ['received'])) },
  { title: 'WRITE', align: 'right', cell: (partition) => rate(diskTraffic(partition, ['sent'])) },
];

/** Number and name stand before every part of a table that is too wide. */
const LEADING = 2;

/** One reading of a frame: a line about the frame, then its partitions; processors in processors, rates per second. */
export function inspectionTable(frame: FrameActivity, bold: (text: string) => string, width?: number): string {
  const { description } = frame.system;
  const title = [
    description.name ?? description.id,
    description.mtms,
    `sample of ${new Date(frame.time).toISOString()}`,
  ];
  const partitions = [...frame.partitions].sort((left, right) => left.number - right.number);
  return [
    printable(title.filter((part) => part !== undefined).join('  ')),
    renderTable(columns, partitions, bold, { width, leading: LEADING }),
    ...remarks(partitions),
  ].join('\n');
}

/** Marks an incomplete sum, and the line below the table that explains it. */
const MARK = '*';

function remarks(partitions: readonly PartitionActivity[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const partition of partitions) {
    const without = [...networkTraffic(partition).without, ...diskTraffic(partition).without];
    if (without.length === 0) continue;
    const whom = [...new Set(without)].join(', ');
    names.set(whom, [...(names.get(whom) ?? []), partition.name]);
  }
  return [...names].map(([whom, of]) => printable(`${MARK} without ${whom}: ${of.join(', ')}`));
}

function percent(ratio: number | undefined): string | undefined {
  return ratio === undefined ? undefined : `${(ratio * 100).toFixed(1)} %`;
}

function rate({ bytesPerSecond, without }: Traffic): string | undefined {
  const mark = without.length === 0 ? '' : ` ${MARK}`;
  const bytes = formatBytes(bytesPerSecond);
  return bytes === undefined ? mark.trim() || undefined : `${bytes}/s${mark}`;
}
