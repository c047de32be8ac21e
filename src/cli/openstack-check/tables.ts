import { printable } from '../../base/text/printable.ts';
import type { CeilometerSample } from '../../ceilometer/index.ts';
import type { Instance } from '../../openstack/index.ts';
import { type Column, renderTable } from '../terminal/table.ts';
import { type Terminal, titleStyle } from '../terminal/terminal.ts';
import type { PartitionMatch } from './matches.ts';

/** Words for a partition that is not one instance. */
const words: Readonly<Record<PartitionMatch['match'], string | undefined>> = {
  instance: undefined,
  none: 'none of Nova: not sent',
  ambiguous: 'either of two: not sent',
  unknown: 'not known yet: Nova was not read',
};

const matchColumns: readonly Column<PartitionMatch>[] = [
  { title: 'SYSTEM', align: 'left', cell: ({ system }) => system },
  { title: 'PARTITION', align: 'left', cell: ({ name }) => name },
  { title: 'STATE', align: 'left', cell: ({ state }) => state },
  { title: 'INSTANCE', align: 'left', cell: ({ instance, match }) => instance?.id ?? words[match] },
  { title: 'NAME', align: 'left', cell: ({ instance }) => instance?.name },
  { title: 'STATUS', align: 'left', cell: ({ instance }) => instance?.status },
  { title: 'HOST', align: 'left', cell: ({ instance }) => instance?.host },
  { title: 'PROJECT', align: 'left', cell: ({ instance }) => instance?.projectId },
];

export function matchTable(partitions: readonly PartitionMatch[], terminal: Terminal): string {
  return renderTable(matchColumns, partitions, titleStyle(terminal));
}

const sampleColumns: readonly Column<CeilometerSample>[] = [
  { title: 'METER', align: 'left', cell: ({ name }) => name },
  { title: 'TYPE', align: 'left', cell: ({ type }) => type },
  { title: 'VOLUME', align: 'right', cell: ({ volume }) => String(volume) },
  { title: 'UNIT', align: 'left', cell: ({ unit }) => unit },
  { title: 'RESOURCE', align: 'left', cell: ({ resource_id }) => resource_id },
];

/** Of one instance. */
export function sampleTable(samples: readonly CeilometerSample[], terminal: Terminal): string {
  const metadata = samples[0]?.resource_metadata;
  const title = `Of one reading, for ${printable(String(metadata?.display_name))}; rates and deltas need a second one:`;
  return `${title}\n${renderTable(sampleColumns, samples, titleStyle(terminal))}`;
}

const MAX_NAMED = 10;

export function unmatchedText(instances: readonly Instance[]): string | undefined {
  if (instances.length === 0) return undefined;
  const named = instances
    .slice(0, MAX_NAMED)
    .map(({ name, id, host }) => `${printable(name)} (${id}, ${host ?? 'no host'})`);
  const more = instances.length > MAX_NAMED ? ` and ${instances.length - MAX_NAMED} more` : '';
  return `Instances that no partition here is, ${instances.length}: ${named.join(', ')}${more}`;
}
