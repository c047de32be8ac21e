import { version } from '../../base/version.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import { frameStatus, unreadFrame } from './frame-report.ts';
import { issuesOf } from './issues.ts';
import type { ExporterStatus, ExtensionStatus, FleetStatus, FrameStatus, StatusReport } from './status-model.ts';
import type { StatusSources } from './status-sources.ts';

/** All but the partitions, see `partitionStatus`. */
export function statusReport(sources: StatusSources): Omit<StatusReport, 'partitions'> {
  const { time, statistics, links = [] } = sources;
  const receivers = [...statistics].map(([id, { receiver }]) => ({ id, ...receiver }));
  const all = [...statistics.values()];
  return {
    version,
    time,
    links,
    issues: issuesOf(sources),
    frames: framesOf(sources),
    consoles: receivers.flatMap(({ consoles }) =>
      consoles.map(({ address, port, up, condition, clockSkew, requests }) => ({
        address: isAlone(address, receivers) ? address : `${address}:${port}`,
        up,
        state: condition?.state,
        clockSkew,
        requests: total(requests.map(({ count }) => count)),
      })),
    ),
    receivers: receivers.map(({ id, systems }) => ({
      id,
      systems: systems.length,
      samples: total(systems.map(({ samples }) => samples.new)),
      backfilled: total(systems.map(({ samples }) => samples.backfilled)),
      lost: total(systems.flatMap(({ gaps }) => gaps.map(({ count }) => count))),
      documentErrors: total(systems.flatMap(({ documentErrors }) => documentErrors.map(({ count }) => count))),
    })),
    exporters: onceByName(
      all.flatMap(({ exporters = [] }) => exporters.map(exporterStatus)),
      addCounts,
    ),
    extensions: onceByName(
      all.flatMap(({ extensions = [] }) => extensions.flatMap(extensionStatus)),
      (first) => first,
    ),
    ...fleetsOf(all),
  };
}

/** The same for every receiver. */
function fleetsOf([first]: readonly SelfStatistics[]): { readonly fleets?: readonly FleetStatus[] } {
  const { fleets = [] } = first ?? {};
  if (fleets.length === 0) return {};
  return {
    fleets: fleets.map(({ members, groups }) => ({
      members: members.map(({ name, version, groups: count, partitions, lag }) => {
        return { name, version, groups: count, partitions, lag };
      }),
      groups: groups.map(({ group, owner, joinedWith, since, takeovers, takenOverAt }) => {
        return { group, owner, joinedWith, since, takeovers, takenOverAt };
      }),
    })),
  };
}

/** Those that can be read, those of which only something old is known, and those that were never read. */
function framesOf({ frames, oldFrames = [], statistics }: StatusSources): readonly FrameStatus[] {
  const systems = [...statistics.values()].flatMap(({ receiver }) => receiver.systems);
  const statisticsOf = (id: string) => systems.find(({ systemId }) => systemId === id);
  const reported = [
    ...frames.map((frame) => frameStatus(frame, false)),
    ...oldFrames.map((frame) => frameStatus(frame, true, statisticsOf(frame.system.description.id))),
  ];
  const known = new Set(reported.map(({ id }) => id));
  const unread = new Map(systems.flatMap((one) => (known.has(one.systemId) ? [] : [[one.systemId, one] as const])));
  const all = [...reported, ...[...unread.values()].map(unreadFrame)];
  return all.sort((left, right) => left.name.localeCompare(right.name, 'en', { numeric: true }));
}

function isAlone(address: string, receivers: readonly SelfStatistics['receiver'][]): boolean {
  return receivers.flatMap(({ consoles }) => consoles).filter((console) => console.address === address).length < 2;
}

/** An exporter may serve several receivers, and counts for each of them. */
function onceByName<Named extends { readonly name: string }>(
  all: readonly Named[],
  join: (first: Named, other: Named) => Named,
): readonly Named[] {
  const byName = new Map<string, Named>();
  for (const one of all) {
    const known = byName.get(one.name);
    byName.set(one.name, known ? join(known, one) : one);
  }
  return [...byName.values()];
}

function addCounts(first: ExporterStatus, other: ExporterStatus): ExporterStatus {
  return { ...first, sent: first.sent + other.sent, failed: first.failed + other.failed };
}

function exporterStatus({
  name,
  sentPoints,
  failedPoints,
  queueSize,
  queueCapacity,
  condition,
}: NonNullable<SelfStatistics['exporters']>[number]): ExporterStatus {
  return { name, state: condition?.state, sent: sentPoints, failed: failedPoints, queueSize, queueCapacity };
}

function extensionStatus({
  name,
  condition,
}: NonNullable<SelfStatistics['extensions']>[number]): readonly ExtensionStatus[] {
  return condition ? [{ name, state: condition.state }] : [];
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
