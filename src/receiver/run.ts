import { setMaxListeners } from 'node:events';

/** From a start to its stop. */
export interface Run {
  readonly stop: AbortController;
  readonly signal: AbortSignal;
  /** Resolves when every console was tried once. */
  started: Promise<void>;
  /** Everything that must have ended before the run has. Never rejects. */
  readonly work: Promise<void>[];
}

/** Aborts with the first of `signals`. Hundreds of requests may listen to it without Node taking that for a leak. */
export function sharedSignal(...signals: readonly AbortSignal[]): AbortSignal {
  const shared = AbortSignal.any([...signals]);
  setMaxListeners(Number.POSITIVE_INFINITY, shared);
  return shared;
}
