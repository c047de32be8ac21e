import { documentKinds, groupBySource, sourceOfEntry } from '../documents/document-kinds.ts';
import { type DocumentKind, SAMPLE_INTERVAL } from '../model.ts';
import type { AssemblyState } from './assembly-state.ts';
import { newestWithin, pairNearest } from './pairing.ts';

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
  const chosen = !state.marks.has('phyp') ? atFirstContact(entries, options) : aboveMarks(state, entries);
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
  const sources = [...groupBySource(entries, sourceOfEntry).values()];
  return [...wanted, ...sources.flatMap((documents) => belonging(wanted, documents))];
}

/** Which documents of one source belong to the instants. */
function belonging<Entry extends ListedEntry>(
  instants: readonly Entry[],
  documents: readonly Entry[],
): readonly Entry[] {
  const kind = documents[0] && documentKinds[documents[0].category];
  if (kind?.role === 'part') return [...pairNearest(instants, documents).keys()];
  if (kind?.role !== 'background') return [];
  return [...new Set(instants.flatMap(({ listedAt }) => newestWithin(documents, listedAt, kind.reach) ?? []))];
}

function aboveMarks<Entry extends ListedEntry>({ marks }: AssemblyState, entries: readonly Entry[]): readonly Entry[] {
  const newest = marks.get('phyp') ?? 0;
  return entries.filter((entry) => {
    const floor = marks.get(sourceOfEntry(entry)) ?? newest - documentKinds[entry.category].reach;
    return entry.listedAt > floor;
  });
}

/**
 * The first `count` instants of a plan with what belongs to them, so that a long backlog is read in steps. What a VIOS
 * brings for one of them later than that comes with the next step, and completes it.
 */
export function firstInstants<Entry extends ListedEntry>(entries: readonly Entry[], count: number): readonly Entry[] {
  const last = entries.filter((entry) => entry.category === 'phyp')[count - 1];
  return last ? entries.filter(({ listedAt }) => listedAt < last.listedAt + SAMPLE_INTERVAL / 2) : entries;
}
