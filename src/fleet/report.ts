import type { MemberStatus } from './members/member-status.ts';
import type { FleetView } from './view.ts';

export interface ReportedMember {
  readonly name: string;
  readonly version: string;
  readonly host: string;
  /** Milliseconds since 1970, by its own clock. */
  readonly since: number;
  /** Groups of consoles that it reads. */
  readonly groups: number;
  readonly partitions: number;
  /** Milliseconds that the oldest of its newest samples is old; undefined before it has reported. */
  readonly lag: number | undefined;
}

export interface ReportedGroup {
  /** Receiver and group: `powervm/north`. */
  readonly group: string;
  /** Undefined while no one reads it. */
  readonly owner: string | undefined;
  /** Groups whose consoles list systems that this one lists as well: all are read by one member where one may read them. */
  readonly joinedWith: readonly string[];
  readonly since: number | undefined;
  readonly partitions: number | undefined;
  readonly lag: number | undefined;
  /** How often it went to another member that it was not handed over to. */
  readonly takeovers: number;
  readonly takenOverAt: number | undefined;
}

/** A fleet as whoever looks after it wants to see it. */
export interface FleetReport {
  readonly members: readonly ReportedMember[];
  readonly groups: readonly ReportedGroup[];
}

export function fleetReport(view: FleetView, statuses: readonly MemberStatus[]): FleetReport {
  const ids = new Set([...[...view.members.values()].flatMap(({ groups }) => groups), ...view.owners.keys()]);
  const reportOf = (owner: string | undefined, group: string) =>
    statuses.find(({ name }) => name === owner)?.groups[group];
  const groups = [...ids].sort().map((group): ReportedGroup => {
    const owner = view.owners.get(group);
    const record = view.groups.get(group);
    return {
      group,
      owner: owner?.member,
      joinedWith: joinedWith(group, view).filter((other) => ids.has(other)),
      since: owner?.since,
      partitions: reportOf(owner?.member, group)?.partitions ?? record?.partitions,
      lag: reportOf(owner?.member, group)?.lag,
      takeovers: record?.takeovers ?? 0,
      takenOverAt: record?.takenOverAt,
    };
  });
  const members = [...view.members.values()].map(({ name, version, since }): ReportedMember => {
    const own = groups.filter(({ owner }) => owner === name);
    const lags = own.flatMap(({ lag }) => lag ?? []);
    return {
      name,
      version,
      since,
      host: statuses.find((status) => status.name === name)?.host ?? '',
      groups: own.length,
      partitions: own.reduce((sum, { partitions = 0 }) => sum + partitions, 0),
      lag: lags.length === 0 ? undefined : Math.max(...lags),
    };
  });
  return { members: members.sort((one, other) => (one.name < other.name ? -1 : 1)), groups };
}

/** One of two has written it down, whichever saw that the other one reads a system of both. */
function joinedWith(group: string, { joined }: FleetView): readonly string[] {
  const others = joined.flatMap(([one, other]) => {
    if (one === group) return [other];
    return other === group ? [one] : [];
  });
  return [...new Set(others)].sort();
}
