import type {
  DiskActivity,
  FrameActivity,
  NetworkAdapterActivity,
  PartitionActivity,
} from '../../inspector/activity.ts';
import { isAtRest } from '../../inspector/partition/mobility.ts';

/**
 * Whether an instant before these two may give rates that the newer one lacks: what the older one lists and could not
 * be read. What is new, is at rest or has just begun again has no rate, however far one goes back.
 */
export function mayGainRates(older: FrameActivity, newest: FrameActivity): boolean {
  const before = new Map(older.partitions.map((partition) => [partition.id, partition]));
  const { listing, problems } = older.sample.hypervisor;
  return newest.partitions.some((partition) => {
    const previous = before.get(partition.id);
    if (!previous) return listing[partition.type === 'vios' ? 'vioses' : 'lpars'] !== 'whole';
    return (
      lacksProcessor(previous, partition) ||
      partition.networkAdapters.some((adapter) => lacksAdapter(previous, adapter, problems.length > 0)) ||
      partition.disks.some((disk) => lacksDisk(previous, disk, older))
    );
  });
}

function lacksProcessor({ state, processor: before }: PartitionActivity, { processor }: PartitionActivity): boolean {
  if (processor.consumed !== undefined || isAtRest(state)) return false;
  const isRead = processor.cappedCycles !== undefined && processor.uncappedCycles !== undefined;
  return isRead && (before.cappedCycles === undefined || before.uncappedCycles === undefined);
}

/** @param isPartial whether parts of the older document were left out */
function lacksAdapter(
  { networkAdapters }: PartitionActivity,
  { type, location, receivedBytes, sentBytes, rates }: NetworkAdapterActivity,
  isPartial: boolean,
): boolean {
  if (rates?.receivedBytes !== undefined && rates.sentBytes !== undefined) return false;
  const before = networkAdapters.find((other) => other.type === type && other.location === location);
  if (!before) return isPartial;
  return (
    (receivedBytes !== undefined && before.receivedBytes === undefined) ||
    (sentBytes !== undefined && before.sentBytes === undefined)
  );
}

function lacksDisk(
  { disks }: PartitionActivity,
  { device, vios, readBytes, writtenBytes, rates }: DiskActivity,
  older: FrameActivity,
): boolean {
  if (rates?.readBytes !== undefined && rates.writtenBytes !== undefined) return false;
  const before = disks.find((other) => other.device === device);
  if (!before) return !isWhole(older, vios.number);
  return (
    (readBytes !== undefined && before.readBytes === undefined) ||
    (writtenBytes !== undefined && before.writtenBytes === undefined)
  );
}

/** Whether an instant has everything that a VIOS at work and the hypervisor had to say of disks. */
function isWhole({ partitions, sample: { hypervisor, vioses } }: FrameActivity, vios: number): boolean {
  if (hypervisor.problems.length > 0) return false;
  const document = vioses.get(vios);
  if (document) return document.problems.length === 0 && document.errors.length === 0;
  return !partitions.some(({ type, number, state }) => type === 'vios' && number === vios && !isAtRest(state));
}
