import { z } from 'zod';
import type { DeltaStateStorage } from '../../otlp/index.ts';
import type { SharedStorage, Storage } from '../storage/storage.ts';

const recordsSchema = z.array(z.tuple([z.string(), z.number(), z.number(), z.number()]));

/** Where an exporter that sends deltas writes down what it has delivered: a document for each managed system. */
export function storedDeltaState(storage: Storage, exporterId: string): DeltaStateStorage {
  const prefix = `delta ${exporterId} `;
  const known = new Set<string>();
  return {
    isLasting: storage.isLasting,
    load: async () => {
      const parts = new Map<string, z.output<typeof recordsSchema>>();
      for (const part of storage.entries(prefix).keys()) {
        const records = recordsSchema.safeParse(await storage.document(prefix + part).read());
        if (records.success) parts.set(part, records.data);
        known.add(part);
      }
      return parts;
    },
    save: async (part, records) => {
      await storage.document(prefix + part).write(records);
      // Cursors are stored together with this: where one is found, so is the document.
      if (!known.has(part)) storage.set(prefix + part, true);
      known.add(part);
    },
  };
}

/** The same where systems go from one collector to another: the document of each goes with it. */
export function sharedDeltaState(storages: readonly SharedStorage[], exporterId: string): DeltaStateStorage {
  const storageOf = (part: string) => storages.find((storage) => storage.stayOf(part) !== undefined);
  const documentOf = (part: string) => storageOf(part)?.document(`delta ${exporterId} ${part}`);
  return {
    isLasting: true,
    load: async () => new Map(),
    save: async (part, records) => documentOf(part)?.write(records),
    shared: {
      stayOf: (part) => storageOf(part)?.stayOf(part),
      load: async (part) => {
        const records = recordsSchema.safeParse(await documentOf(part)?.read());
        return records.success ? records.data : [];
      },
    },
  };
}
