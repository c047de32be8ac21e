import {
  diskTraffic,
  type FrameActivity,
  networkTraffic,
  type PartitionActivity,
  type Traffic,
} from '../../../inspector/index.ts';
import type { TrendHistory } from '../trend-history.ts';

/** A line of the list: one partition on one frame. */
export interface Row {
  /** System and partition: what stays the same while numbers change. */
  readonly key: string;
  readonly frame: FrameActivity;
  readonly partition: PartitionActivity;
  /** That the newest sample says nothing of the present any more. */
  readonly isOld: boolean;
  /** Bytes per second, both directions, all adapters. */
  readonly network: Traffic;
  readonly disk: Traffic;
  /** Consumed processors of the last half hour, one for each 30 s. */
  readonly trend: readonly (number | undefined)[];
}

/** @param old ids of frames whose newest sample says nothing of the present any more */
export function rowsOf(
  frames: readonly FrameActivity[],
  trends: TrendHistory,
  old: ReadonlySet<string> = new Set(),
): readonly Row[] {
  return frames.flatMap((frame) =>
    frame.partitions.map((partition) => ({
      ...rowOf(frame, partition, trends),
      isOld: old.has(frame.system.description.id),
    })),
  );
}

function rowOf(frame: FrameActivity, partition: PartitionActivity, trends: TrendHistory): Omit<Row, 'isOld'> {
  const systemId = frame.system.description.id;
  return {
    key: `${systemId} ${partition.id}`,
    frame,
    partition,
    network: networkTraffic(partition),
    disk: diskTraffic(partition),
    trend: trends.consumed(systemId, partition.id, frame.time),
  };
}

/** What the list can be sorted by, with the key that chooses it. */
export const sortOrders = [
  { key: 'c', title: 'consumed', of: ({ partition }: Row) => partition.processor.consumed },
  { key: 'e', title: '% of entitlement', of: ({ partition }: Row) => partition.processor.consumedUtilization },
  { key: 'b', title: 'busy', of: ({ partition }: Row) => partition.processor.busy },
  { key: 'm', title: 'memory', of: ({ partition }: Row) => partition.memory.limit },
  { key: 'n', title: 'network', of: ({ network }: Row) => network.bytesPerSecond },
  { key: 'd', title: 'disk', of: ({ disk }: Row) => disk.bytesPerSecond },
  { key: 'a', title: 'name', of: ({ partition }: Row) => partition.name },
] as const;

export type SortOrder = (typeof sortOrders)[number];

/** The greatest first, names from A; what has no value comes last either way. */
export function sortRows(rows: readonly Row[], order: SortOrder, isReversed: boolean): readonly Row[] {
  const direction = (order.key === 'a') === isReversed ? -1 : 1;
  return [...rows].sort((left, right) => {
    const one = order.of(left);
    const other = order.of(right);
    if (one === other) return byName(left, right);
    if (one === undefined) return 1;
    if (other === undefined) return -1;
    return (one < other ? -1 : 1) * direction;
  });
}

function byName(left: Row, right: Row): number {
  return left.partition.name.localeCompare(right.partition.name) || (left.key < right.key ? -1 : 1);
}

/** Keeps what has the text in its name, frame, type, state, number or UUID. Upper and lower case are alike. */
export function filterRows(rows: readonly Row[], text: string): readonly Row[] {
  if (text === '') return rows;
  const wanted = text.toLowerCase();
  return rows.filter(({ frame, partition }) =>
    [
      partition.name,
      frame.system.description.name,
      partition.type,
      partition.state,
      partition.id,
      String(partition.number),
    ].some((field) => field?.toLowerCase().includes(wanted)),
  );
}
