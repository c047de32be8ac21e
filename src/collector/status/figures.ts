import type { FrameActivity, PartitionActivity } from '../../inspector/index.ts';

/** What the partitions of a frame are entitled to together, in processors; `undefined` where none says. */
export function entitledOf({ partitions }: Pick<FrameActivity, 'partitions'>): number | undefined {
  const known = partitions.flatMap(({ processor }) => processor.entitlement ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
}

/** From inside the guest, or from the VIOS itself. */
export function memoryUsed({ guestMemory, vios }: PartitionActivity): number | undefined {
  return guestMemory?.usage ?? vios?.memory.usage;
}

export function isRunning({ state }: Pick<PartitionActivity, 'state'>): boolean {
  return state?.toLowerCase() === 'running';
}
