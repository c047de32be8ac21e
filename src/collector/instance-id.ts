import { randomUUID } from 'node:crypto';
import type { Storage } from './storage/storage.ts';

const KEY = 'service.instance.id';

/**
 * Identifies this collector: made once and stored with the cursors, so that it is the same after a restart where
 * a storage lasts, and after a reload in any case.
 */
export function instanceId(storages: readonly Storage[]): string {
  const storage = storages.find(({ isLasting }) => isLasting) ?? storages[0];
  const known = storage?.entries(KEY).get('');
  if (typeof known === 'string') return known;
  const made = randomUUID();
  storage?.set(KEY, made);
  return made;
}
