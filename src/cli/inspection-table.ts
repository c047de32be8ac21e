import { type FrameActivity, type PartitionActivity, sumOfPresent } from '../inspector/index.ts';
import { formatBytes, formatDecimal } from './number-format.ts';
import { type Column, renderTable } from './table.ts';

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
  {
    title: 'NET IN',
    align: 'right',
    cell: ({ networkAdapters }) => rate(networkAdapters.map(({ rates }) => rates?.receivedBytes)),
  },
  {
    title: 'NET OUT',
    align: 'right',
    cell: ({ networkAdapters }) => rate(networkAdapters.map(({ rates }) => rates?.sentBytes)),
  },
  { title: 'READ', align: 'right', cell: ({ disks }) => rate(disks.map(({ rates }) => rates?.readBytes)) },
  { title: 'WRITE', align: 'right', cell: ({ disks }) => rate(disks.map(({ rates }) => rates?.writtenBytes)) },
];

/** One reading of a frame: a line about the frame, then its partitions; processors in processors, rates per second. */
export function inspectionTable(frame: FrameActivity, bold: (text: string) => string): string {
  const { description } = frame.system;
  const title = [
    description.name ?? description.id,
    description.mtms,
    `sample of ${new Date(frame.time).toISOString()}`,
  ];
  const partitions = [...frame.partitions].sort((left, right) => left.number - right.number);
  return [title.filter((part) => part !== undefined).join('  '), renderTable(columns, partitions, bold)].join('\n');
}

function percent(ratio: number | undefined): string | undefined {
  return ratio === undefined ? undefined : `${(ratio * 100).toFixed(1)} %`;
}

function rate(values: readonly (number | undefined)[]): string | undefined {
  const bytes = formatBytes(sumOfPresent(values));
  return bytes === undefined ? undefined : `${bytes}/s`;
}
