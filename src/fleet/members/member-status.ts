import { z } from 'zod';
import { parseJson } from '../../base/text/json.ts';
import type { KeyValue } from '../../etcd/index.ts';
import type { FleetKeys } from '../keys.ts';

const statusRecord = z.object({
  now: z.number(),
  host: z.string().default(''),
  groups: z.record(z.string(), z.object({ partitions: z.number().optional(), lag: z.number().optional() })).default({}),
});

/** What a member reports of itself now and then. */
export interface MemberStatus extends z.output<typeof statusRecord> {
  readonly name: string;
}

/** What cannot be read is left out. */
export function readStatuses(keys: FleetKeys, found: readonly KeyValue[]): readonly MemberStatus[] {
  return found.flatMap(({ key, value }) => {
    const checked = statusRecord.safeParse(parseJson(value));
    return checked.success ? [{ name: decodeURIComponent(key.slice(keys.statuses.length)), ...checked.data }] : [];
  });
}
