import path from 'node:path';
import type { Logger } from '../base/logger.ts';
import { FileSessionStore, type SessionStore } from '../rest/index.ts';
import type { ConsoleConfig } from './config/schema/receiver-schema.ts';

/**
 * Where the sessions of a collector are remembered, so that the next run ends what a crash leaves open: with the
 * cursors. Receivers that read the same console have a session each there, and a memory each.
 */
export class SessionStores {
  readonly #directory: string | undefined;
  readonly #logger: Logger;
  /** Ids of receivers by endpoint. */
  readonly #receivers = new Map<string, readonly string[]>();

  /** @param directory undefined: nothing is remembered */
  constructor(directory: string | undefined, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** For a console of a receiver; to be called in the same order with every start. */
  storeFor({ endpoint }: ConsoleConfig, receiver: string): SessionStore | undefined {
    if (endpoint === undefined) return undefined;
    const receivers = [...(this.#receivers.get(endpoint) ?? []), receiver];
    this.#receivers.set(endpoint, receivers);
    const name = receivers.length === 1 ? 'sessions' : `sessions-${receivers.length}`;
    return this.#directory === undefined
      ? undefined
      : new FileSessionStore(path.join(this.#directory, name), this.#logger);
  }
}
