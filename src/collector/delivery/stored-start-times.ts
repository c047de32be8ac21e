import { z } from 'zod';
import type { GroupRecord, StartTimeRecord, StartTimeStorage } from '../../receiver/index.ts';
import type { Storage } from '../storage/storage.ts';

const runSchema = z.tuple([
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.array(z.union([z.number(), z.string(), z.null()])),
]);
const groupsSchema = z.array(z.tuple([z.string(), z.string(), z.array(runSchema)]));
const recordSchema = z.object({ sources: z.record(z.string(), z.number()), groups: groupsSchema });

/**
 * Where the start times of the series of a receiver are written down: everything in a document of each system, and what has
 * changed since beside the cursors, so that a cursor never knows of more than they do.
 */
export function storedStartTimes(storages: readonly Storage[], receiverId: string): StartTimeStorage {
  const nameOf = (systemId: string) => `starts ${receiverId} ${systemId}`;
  /** By system: what must stay noted until the document that has it is whole. */
  const beingSaved = new Map<string, readonly GroupRecord[]>();
  const noted = new Map<string, readonly GroupRecord[]>();
  const noteAll = (systemId: string) => {
    const changes = [...(beingSaved.get(systemId) ?? []), ...(noted.get(systemId) ?? [])];
    for (const storage of storages) storage.set(nameOf(systemId), changes);
  };
  return {
    load: async (systemId) => {
      for (const storage of storages) {
        const record = recordSchema.safeParse(await storage.document(nameOf(systemId)).read());
        const changes = groupsSchema.safeParse(storage.entries(nameOf(systemId)).get(''));
        if (!record.success && !changes.success) continue;
        const { sources, groups }: StartTimeRecord = record.data ?? { sources: {}, groups: [] };
        noted.set(systemId, changes.data ?? []);
        return { sources, groups: [...groups, ...(changes.data ?? [])] };
      }
      return undefined;
    },
    noteChanges: (systemId, changes) => {
      noted.set(systemId, changes);
      noteAll(systemId);
    },
    save: async (systemId, record) => {
      const before = [...(beingSaved.get(systemId) ?? []), ...(noted.get(systemId) ?? [])];
      beingSaved.set(systemId, before);
      noted.delete(systemId);
      const documents = storages.map((storage) => storage.document(nameOf(systemId)).write(record));
      await Promise.all(documents);
      beingSaved.delete(systemId);
      noteAll(systemId);
    },
  };
}
