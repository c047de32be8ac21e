import type { DocumentKind } from '../model.ts';
import type { AssemblyState } from './assembly-state.ts';
import { GUEST_MEMORY_REACH, newestWithin, pairNearest, SAMPLE_INTERVAL } from './pairing.ts';

/** What the plan needs to know of a feed entry. */
export interface ListedEntry {
  readonly category: DocumentKind;
  readonly viosNumber: number | undefined;
  readonly listedAt: number;
}

export interface DownloadPlanOptions {
  /** At first contact: how many of the newest instants. Two give the first rates. */
  readonly instants?: number;
  /** At first contact: every instant after this feed time instead. */
  readonly since?: number | undefined;
}

/** PCM lists sixty in its half hour. */
const MAX_INSTANTS = 240;

/**
 * Decides which entries of a feed to download, oldest first: at first contact the newest instants with what belongs
 * to them, later everything above the high-water marks. The number does not depend on the number of partitions.
 */
export function newEntries<Entry extends ListedEntry>(
  state: AssemblyState,
  entries: readonly Entry[],
  options: DownloadPlanOptions = {},
): readonly Entry[] {
  const chosen = state.marks.hypervisor === undefined ? atFirstContact(entries, options) : aboveMarks(state, entries);
  return [...chosen].sort((left, right) => left.listedAt - right.listedAt);
}

function atFirstContact<Entry extends ListedEntry>(
  entries: readonly Entry[],
  { instants = 2, since }: DownloadPlanOptions,
): readonly Entry[] {
  const hypervisors = entries
    .filter((entry) => entry.category === 'phyp')
    .sort((left, right) => left.listedAt - right.listedAt);
  const wanted =
    since === undefined
      ? hypervisors.slice(-instants)
      : hypervisors.filter((entry) => entry.listedAt > since).slice(-MAX_INSTANTS);
  const newest = wanted.at(-1);
  if (!newest) return [];
  const memory = entries.filter((entry) => entry.category === 'lpar');
  return [
    ...wanted,
    ...bySource(entries).flatMap((documents) => [...pairNearest(wanted, documents).keys()]),
    ...new Set(wanted.flatMap((entry) => newestWithin(memory, entry.listedAt, GUEST_MEMORY_REACH) ?? [])),
  ];
}

function aboveMarks<Entry extends ListedEntry>(state: AssemblyState, entries: readonly Entry[]): readonly Entry[] {
  const { marks } = state;
  const hypervisor = marks.hypervisor ?? 0;
  const oldestUseful = hypervisor - SAMPLE_INTERVAL;
  const floors: Record<Exclude<DocumentKind, 'vios'>, number> = {
    phyp: hypervisor,
    lpar: marks.guestMemory ?? hypervisor - GUEST_MEMORY_REACH,
    // Processed energy is listed a minute late.
    energy: marks.energy ?? hypervisor - GUEST_MEMORY_REACH,
  };
  const floorOf = (entry: Entry) =>
    entry.category === 'vios' ? (marks.vioses.get(entry.viosNumber ?? -1) ?? oldestUseful) : floors[entry.category];
  return entries.filter((entry) => entry.listedAt > floorOf(entry));
}

/**
 * The first `count` instants of a plan with what belongs to them, so that a long backlog is read in steps. What a VIOS
 * brings for one of them later than that comes with the next step, and completes it.
 */
export function firstInstants<Entry extends ListedEntry>(entries: readonly Entry[], count: number): readonly Entry[] {
  const last = entries.filter((entry) => entry.category === 'phyp')[count - 1];
  return last ? entries.filter(({ listedAt }) => listedAt < last.listedAt + SAMPLE_INTERVAL / 2) : entries;
}

/** The documents that pair with instants one by one: those of each VIOS, and energy. */
function bySource<Entry extends ListedEntry>(entries: readonly Entry[]): readonly Entry[][] {
  const sources = new Map<number | 'energy', Entry[]>();
  for (const entry of entries) {
    const source = entry.category === 'vios' ? entry.viosNumber : entry.category === 'energy' ? 'energy' : undefined;
    if (source === undefined) continue;
    const documents = sources.get(source);
    if (documents) documents.push(entry);
    else sources.set(source, [entry]);
  }
  return [...sources.values()];
}
