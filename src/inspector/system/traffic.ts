import type { PartitionActivity, ViosReference } from '../activity.ts';

/** Bytes per second through the adapters of a partition, for views: exports have each adapter by itself. */
export interface Traffic {
  /** Of the adapters that are known; `undefined` when none is. */
  readonly bytesPerSecond: number | undefined;
  /** What is missing, in words: a VIOS that did not report, or an adapter whose counters could not be read. */
  readonly without: readonly string[];
}

type Rate = 'received' | 'sent';
const BOTH: readonly Rate[] = ['received', 'sent'];

/** Through all network adapters of a partition; both directions, or one. */
export function networkTraffic(partition: PartitionActivity, directions: readonly Rate[] = BOTH): Traffic {
  const parts = partition.networkAdapters.flatMap(({ location, rates }) =>
    directions.map((direction) => ({
      name: location,
      value: direction === 'received' ? rates?.receivedBytes : rates?.sentBytes,
    })),
  );
  return traffic(parts, partition.unreportedVioses.network);
}

/** Through all storage adapters of a partition; reads are received. */
export function diskTraffic(partition: PartitionActivity, directions: readonly Rate[] = BOTH): Traffic {
  const parts = partition.disks.flatMap(({ device, rates }) =>
    directions.map((direction) => ({
      name: device,
      value: direction === 'received' ? rates?.readBytes : rates?.writtenBytes,
    })),
  );
  return traffic(parts, partition.unreportedVioses.disks);
}

interface Part {
  readonly name: string;
  readonly value: number | undefined;
}

function traffic(parts: readonly Part[], unreportedVioses: readonly ViosReference[]): Traffic {
  const known = parts.flatMap(({ value }) => value ?? []);
  const silent = unreportedVioses.map(viosLabel);
  if (known.length === 0) return { bytesPerSecond: undefined, without: silent };
  const unknown = parts.filter(({ value }) => value === undefined).map(({ name }) => name);
  return {
    bytesPerSecond: known.reduce((sum, value) => sum + value, 0),
    without: [...new Set([...silent, ...unknown])],
  };
}

/** `vios1`, or `VIOS 2` where its name is not known. */
export function viosLabel({ name, number }: ViosReference): string {
  return name ?? `VIOS ${number}`;
}

/** What all parts come to; `undefined` when one is missing. For charts, which have no room for a remark. */
export function wholeOf({ bytesPerSecond, without }: Traffic): number | undefined {
  return without.length === 0 ? bytesPerSecond : undefined;
}
