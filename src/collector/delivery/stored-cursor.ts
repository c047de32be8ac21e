import { z } from 'zod';
import type { Logger } from '../../base/logger.ts';
import type { CursorOptions, SamplePosition } from '../../receiver/index.ts';
import type { Storage } from '../storage/storage.ts';

const positionSchema = z.object({
  time: z.number(),
  uptime: z.number().optional(),
  listings: z.record(z.string(), z.number()),
});

/** Where the cursors of one exporter at one receiver are stored. An invalid entry is skipped alone. */
export function storedCursor(storage: Storage, receiverId: string, exporterId: string, logger: Logger): CursorOptions {
  const prefix = `cursor ${receiverId} ${exporterId} `;
  const positions = new Map<string, SamplePosition>();
  const read = (systemId: string, value: unknown): SamplePosition | undefined => {
    const checked = positionSchema.safeParse(value);
    if (checked.success) return { ...checked.data, uptime: checked.data.uptime };
    logger.warn({ exporter: exporterId, system: systemId }, 'a cursor in the storage is damaged; beginning anew');
    return undefined;
  };
  for (const [systemId, value] of storage.entries(prefix)) {
    const position = read(systemId, value);
    if (position) positions.set(systemId, position);
  }
  return {
    positions,
    // In a fleet others may have gone on since.
    positionOf: (systemId) => {
      const value = storage.entries(`${prefix}${systemId}`).get('');
      return value === undefined ? undefined : read(systemId, value);
    },
    onMove: (systemId, position) => storage.set(`${prefix}${systemId}`, position),
  };
}
