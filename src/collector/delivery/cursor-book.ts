import { z } from 'zod';
import type { Logger } from '../../base/logger.ts';
import type { CursorOptions, SamplePosition } from '../../receiver/index.ts';
import type { Storage } from '../storage/storage.ts';

const positionSchema = z.object({
  time: z.number(),
  uptime: z.number().optional(),
  listings: z.record(z.string(), z.number()),
});

/** Where the cursors of one exporter at one receiver are written down. A bad entry costs itself. */
export function keptCursor(storage: Storage, receiverId: string, exporterId: string, logger: Logger): CursorOptions {
  const prefix = `cursor ${receiverId} ${exporterId} `;
  const positions = new Map<string, SamplePosition>();
  for (const [systemId, value] of storage.entries(prefix)) {
    const checked = positionSchema.safeParse(value);
    if (checked.success) positions.set(systemId, { ...checked.data, uptime: checked.data.uptime });
    else logger.warn({ exporter: exporterId, system: systemId }, 'a cursor in the storage is damaged; beginning anew');
  }
  return { positions, onMove: (systemId, position) => storage.set(`${prefix}${systemId}`, position) };
}
