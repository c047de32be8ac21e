import { describeError, PowerVmError } from '../base/errors/errors.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import type { ManagedSystem } from '../rest/index.ts';

/** What one reading of the consoles asks for. */
export interface RefreshOptions {
  readonly signal?: AbortSignal;
  /** Called with the current step, in words for a terminal. */
  readonly onProgress?: (message: string) => void;
  /** Whether to ask for MAC addresses, one request per partition. Default true. */
  readonly withInventory?: boolean;
}

/** A failed part of a refresh. */
export interface RefreshFailure {
  readonly console: string;
  /** Undefined when the console as a whole failed. */
  readonly system: ManagedSystem | undefined;
  readonly error: PowerVmError;
}

/** What one reading of the consoles brought, and what failed. */
export interface RefreshResult {
  readonly frames: readonly FrameActivity[];
  readonly failures: readonly RefreshFailure[];
}

/** Converts any error thrown while reading a console into an error of this package. */
export function readingError(error: unknown, signal: AbortSignal): PowerVmError {
  if (error instanceof PowerVmError) return error;
  if (signal.aborted) return new PowerVmError('POWERVM_SHUT_DOWN', 'interrupted', { cause: error });
  return new PowerVmError('POWERVM_REQUEST_REJECTED', describeError(error), { cause: error });
}
