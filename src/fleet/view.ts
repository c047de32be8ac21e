import { z } from 'zod';
import { parseJson } from '../base/text/json.ts';
import type { KeyValue } from '../etcd/index.ts';
import type { JoinedPair } from './groups/joined-groups.ts';
import type { PlacedGroup } from './groups/placement.ts';
import type { FleetKeys } from './keys.ts';

const memberRecord = z.object({
  version: z.string().default(''),
  since: z.number().default(0),
  groups: z.array(z.string()),
});
const ownerRecord = z.object({ member: z.string(), since: z.number().default(0) });
const groupRecord = z.object({
  partitions: z.number().optional(),
  /** Who read it last. */
  reader: z.string().optional(),
  takeovers: z.number().default(0),
  /** Milliseconds since 1970 by the clock of who took it over. */
  takenOverAt: z.number().optional(),
});

export interface FleetMember {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970, by its own clock. */
  readonly since: number;
  /** Those that its configuration has. */
  readonly groups: readonly string[];
  readonly lease: string;
}

export interface GroupOwner {
  readonly member: string;
  readonly since: number;
  readonly lease: string;
  readonly createRevision: string;
}

export type GroupRecord = z.output<typeof groupRecord>;

/** Who is there, who reads what, and what is known of the groups: at one revision of etcd. */
export interface FleetView {
  readonly revision: string;
  readonly members: ReadonlyMap<string, FleetMember>;
  readonly owners: ReadonlyMap<string, GroupOwner>;
  readonly groups: ReadonlyMap<string, GroupRecord>;
  /** Groups that see the same systems. */
  readonly joined: readonly JoinedPair[];
}

/** What cannot be read is left out: a newer release may have written it. */
export function readView(keys: FleetKeys, found: readonly KeyValue[], revision: string): FleetView {
  const members = new Map<string, FleetMember>();
  const owners = new Map<string, GroupOwner>();
  const groups = new Map<string, GroupRecord>();
  const joined: JoinedPair[] = [];
  for (const { key, value, lease, createRevision } of found) {
    const [kind, encoded = '', other] = key.slice(keys.live.length).split('/');
    const name = decodeURIComponent(encoded);
    const content = parseJson(value);
    if (kind === 'members') {
      const record = memberRecord.safeParse(content);
      if (record.success) members.set(name, { name, lease, ...record.data });
    } else if (kind === 'owners') {
      const record = ownerRecord.safeParse(content);
      if (record.success) owners.set(name, { lease, createRevision, ...record.data });
    } else if (kind === 'groups') {
      const record = groupRecord.safeParse(content);
      if (record.success) groups.set(name, record.data);
    } else if (kind === 'joined' && other !== undefined) {
      joined.push([name, decodeURIComponent(other)]);
    }
  }
  return { revision, members, owners, groups, joined };
}

/** All groups that some member could read, as placement wants them. */
export function placedGroups({ members, owners, groups }: FleetView): readonly PlacedGroup[] {
  const candidates = new Map<string, string[]>();
  for (const member of members.values()) {
    for (const group of member.groups) candidates.set(group, [...(candidates.get(group) ?? []), member.name]);
  }
  return [...candidates].map(([id, names]) => ({
    id,
    weight: groups.get(id)?.partitions,
    owner: owners.get(id)?.member,
    candidates: names.sort(),
  }));
}
