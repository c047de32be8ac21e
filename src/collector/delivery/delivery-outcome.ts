import type { ExportError } from '../../base/errors/errors.ts';
import type { ExportReceipt } from '../components/exporters/exporter-component.ts';

/** What became of a batch that was taken. */
export interface DeliveryOutcome {
  /** That the destination threw away. */
  readonly rejectedPoints: number;
  readonly messages: readonly string[];
  /** Why a part of what the exporter keeps has not gone out yet. */
  readonly pending: ExportError | undefined;
}

/** Reads the receipt of an accepted batch; most exporters give none. */
export function outcomeOf(receipt: unknown): DeliveryOutcome {
  const { partialSuccesses = [], pending } = isReceipt(receipt) ? receipt : {};
  return {
    rejectedPoints: partialSuccesses.reduce((sum, { rejectedPoints }) => sum + rejectedPoints, 0),
    messages: partialSuccesses.map(({ message }) => message).filter((message) => message !== ''),
    pending,
  };
}

function isReceipt(receipt: unknown): receipt is ExportReceipt {
  return typeof receipt === 'object' && receipt !== null;
}
