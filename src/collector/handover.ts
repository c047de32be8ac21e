import { MemoryStorage, type Storage } from './storage/storage.ts';

/** What one collector hands to the next in the same process, when the configuration changes. */
export interface Handover {
  /** Where cursors are kept that no extension keeps. */
  readonly memory: Storage;
  /** Fingerprints of consoles that refused the logon: not asked again until their configuration changes. */
  readonly refusedConsoles: Set<string>;
}

export function emptyHandover(): Handover {
  return { memory: new MemoryStorage(), refusedConsoles: new Set() };
}
