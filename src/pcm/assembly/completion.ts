import { documentKinds, groupBySource, partKinds, sourceOfDocument } from '../documents/document-kinds.ts';
import { type PcmDocument, SAMPLE_INTERVAL } from '../model.ts';
import { newestWithin, pairNearest } from './pairing.ts';
import { type Instant, type Listed, type SystemSample, toSample } from './system-sample.ts';

/** Documents of one kind that came before their instant: a few at most, or something is wrong with the feed. */
const MAX_WAITING = 32;
/** Background documents of one source that may still be needed. */
const MAX_BACKGROUND = 3;

type ListedDocument = Listed<PcmDocument>;

interface Completion {
  readonly instants: readonly Instant[];
  readonly waiting: readonly ListedDocument[];
  readonly unplaced: readonly ListedDocument[];
}

/** Documents by source, each in its order. */
function bySource(documents: readonly ListedDocument[]): ReadonlyMap<string, readonly ListedDocument[]> {
  return groupBySource(documents, ({ document }) => sourceOfDocument(document));
}

/** Gives each part to the instant that is nearest, source by source. */
export function completeWithParts(
  instants: readonly Instant[],
  documents: readonly ListedDocument[],
  newestListing: number | undefined,
): Completion {
  const found = new Map<Instant, ListedDocument[]>();
  const waiting: ListedDocument[] = [];
  const unplaced: ListedDocument[] = [];
  for (const [source, ofSource] of bySource(documents)) {
    const { ready, early } = splitEarly(ofSource, newestListing);
    const { free, unserved } = withoutServed(instants, ready, (instant) => instant.documents.has(source));
    const pairs = pairNearest(free, unserved);
    for (const [listed, instant] of pairs) {
      found.set(instant, [...(found.get(instant) ?? []), listed]);
    }
    unplaced.push(...unserved.filter((listed) => !pairs.has(listed) && isPast(instants, listed)));
    waiting.push(...early);
  }
  return {
    instants: instants.map((instant) => withDocuments(instant, found.get(instant) ?? [])),
    waiting: partKinds.flatMap((kind) => waiting.filter(({ document }) => document.kind === kind).slice(-MAX_WAITING)),
    unplaced,
  };
}

export function withDocuments(instant: Instant, added: readonly ListedDocument[]): Instant {
  if (added.length === 0) return instant;
  const documents = added.map((listed) => [sourceOfDocument(listed.document), listed] as const);
  return { ...instant, documents: new Map([...instant.documents, ...documents]) };
}

/** The newest document of each source that describes an instant of this feed time. */
export function backgroundAt(listedAt: number, documents: readonly ListedDocument[]): readonly ListedDocument[] {
  return [...bySource(documents).values()].flatMap(
    (ofSource) => newestWithin(ofSource, listedAt, Math.max(...ofSource.map(reachOf))) ?? [],
  );
}

/** Those that may describe instants which are newer than what was listed. */
export function stillUseful(documents: readonly ListedDocument[], newestListing: number): readonly ListedDocument[] {
  const near = documents.filter((listed) => listed.listedAt >= newestListing - reachOf(listed));
  return [...bySource(near).values()].flatMap((ofSource) => ofSource.slice(-MAX_BACKGROUND));
}

function reachOf({ document }: ListedDocument): number {
  return documentKinds[document.kind].reach;
}

/**
 * Instants that lack a document of this source, and the documents that may fill them: not those that belong to an instant
 * which has one, as another console lists them again.
 */
function withoutServed(
  instants: readonly Instant[],
  documents: readonly ListedDocument[],
  isServed: (instant: Instant) => boolean,
) {
  const served = instants.filter(isServed);
  const isRepeated = ({ listedAt }: ListedDocument) =>
    served.some((instant) => Math.abs(instant.listedAt - listedAt) < SAMPLE_INTERVAL / 2);
  return {
    free: instants.filter((instant) => !isServed(instant)),
    unserved: documents.filter((listed) => !isRepeated(listed)),
  };
}

/** Whether a document is of a time before all instants that are kept. */
function isPast([oldest]: readonly Instant[], { listedAt }: ListedDocument): boolean {
  return oldest !== undefined && listedAt < oldest.listedAt - SAMPLE_INTERVAL / 2;
}

/** A document nearer to the next instant than to the newest known one waits for it. */
function splitEarly(documents: readonly ListedDocument[], newestListing: number | undefined) {
  const isEarly = (listed: ListedDocument) =>
    newestListing === undefined || listed.listedAt > newestListing + SAMPLE_INTERVAL / 2;
  return {
    ready: documents.filter((listed) => !isEarly(listed)),
    early: documents.filter(isEarly),
  };
}

/** The sample of an instant that was put out before and has got more documents since. */
export function supplementOf(systemId: string, before: Instant, now: Instant): SystemSample | undefined {
  const added = [...now.documents.keys()].filter((source) => !before.documents.has(source));
  return added.length === 0 ? undefined : toSample(systemId, now, new Set(added));
}
