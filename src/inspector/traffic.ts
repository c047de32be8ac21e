import type { PartitionActivity } from './activity.ts';

/** Bytes per second through all network adapters of a partition, both directions. */
export function networkRate({ networkAdapters }: PartitionActivity): number | undefined {
  return sumOfPresent(networkAdapters.flatMap(({ rates }) => [rates?.receivedBytes, rates?.sentBytes]));
}

/** Bytes per second through all storage adapters of a partition, both directions. */
export function diskRate({ disks }: PartitionActivity): number | undefined {
  return sumOfPresent(disks.flatMap(({ rates }) => [rates?.readBytes, rates?.writtenBytes]));
}

/** A sum over nothing is not zero. */
export function sumOfPresent(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((sum, value) => (value === undefined ? sum : (sum ?? 0) + value), undefined);
}
