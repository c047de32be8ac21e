import type { PartitionStatus } from '../../status-model.ts';
import { bar, element, remark } from '../elements.ts';
import { bytes, decimal, percent, perSecond, stateName, typeName } from '../format.ts';
import { entitlementLevel } from '../levels.ts';
import { link, partitionRoute } from '../routes.ts';

export interface Column {
  readonly title: string;
  /** `number` is at the right. */
  readonly kind: 'text' | 'number';
  readonly sortBy: (partition: PartitionStatus) => string | number | undefined;
  readonly content: (partition: PartitionStatus) => readonly (Node | string)[];
}

export const columns: readonly Column[] = [
  {
    ...text('Partition', ({ name }) => name),
    content: (partition) => [
      link(partitionRoute(partition), partition.name),
      ...(partition.isOld ? [element('span', { class: 'badge old' }, 'old')] : []),
    ],
  },
  {
    ...text('Frame', ({ frame }) => frame),
    content: ({ frame, frameId }) => [link({ view: 'frame', id: frameId }, frame)],
  },
  text('Type', ({ type }) => typeName(type)),
  text('State', ({ state }) => stateName(state)),
  number('Entitled', ({ entitlement }) => entitlement, decimal),
  number('Consumed', ({ consumed }) => consumed, decimal),
  number('Busy', ({ busy }) => busy, decimal),
  {
    ...number('Of entitlement', ({ consumedUtilization }) => consumedUtilization, percent),
    content: ({ consumedUtilization: ratio }) => {
      const of = entitlementLevel(ratio);
      return [
        element('span', { class: 'share' }, ratio === undefined ? '' : bar(ratio, of), percent(ratio)),
        ...remark(of),
      ];
    },
  },
  number('Memory', ({ memory }) => memory, bytes),
  number('Used', ({ memoryUsed }) => memoryUsed, bytes),
  {
    ...number('Network', ({ network }) => network, perSecond),
    content: ({ network, networkWithout }) => [perSecond(network), ...without(networkWithout)],
  },
  {
    ...number('Disk', ({ disk }) => disk, perSecond),
    content: ({ disk, diskWithout }) => [perSecond(disk), ...without(diskWithout)],
  },
];

/** Behind a sum that lacks its part. */
function without(names: readonly string[] | undefined): readonly Node[] {
  return names === undefined ? [] : [element('span', { class: 'remark high' }, ` without ${names.join(', ')}`)];
}

function text(title: string, of: (partition: PartitionStatus) => string): Column {
  return { title, kind: 'text', sortBy: of, content: (partition) => [of(partition)] };
}

function number(
  title: string,
  of: (partition: PartitionStatus) => number | undefined,
  format: (value: number | undefined) => string,
): Column {
  return { title, kind: 'number', sortBy: of, content: (partition) => [format(of(partition))] };
}
