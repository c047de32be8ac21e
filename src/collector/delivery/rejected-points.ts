import type { ExportReceipt } from '../components/exporter-component.ts';

/** Points of a batch that was taken which the destination threw away, and why. */
export interface RejectedPoints {
  readonly points: number;
  readonly messages: readonly string[];
}

/** Reads what an exporter has to say of a batch that was taken; most have nothing. */
export function rejectedPoints(receipt: unknown): RejectedPoints {
  const successes = isReceipt(receipt) ? (receipt.partialSuccesses ?? []) : [];
  return {
    points: successes.reduce((sum, { rejectedPoints: points }) => sum + points, 0),
    messages: successes.map(({ message }) => message).filter((message) => message !== ''),
  };
}

function isReceipt(receipt: unknown): receipt is ExportReceipt {
  return typeof receipt === 'object' && receipt !== null && 'partialSuccesses' in receipt;
}
