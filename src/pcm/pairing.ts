/** PCM takes a sample of every document each 30 s, so no two instants of one document are nearer than this. */
export const SAMPLE_INTERVAL = 30_000;

/** An lpar document is taken every two minutes; one this much older than an instant still describes it. */
export const GUEST_MEMORY_REACH = 150_000;

interface TimedItem {
  readonly listedAt: number;
}

/**
 * Gives each document to its nearest instant: less than one interval away, no document to two instants and no two
 * documents to one. The nearest pairs are made first, so that a document a second late is not taken by the instant
 * after its own. Equality of times, which the original client demanded, loses a whole instant for one second of skew.
 */
export function pairNearest<Instant extends TimedItem, Document extends TimedItem>(
  instants: readonly Instant[],
  documents: readonly Document[],
): Map<Document, Instant> {
  const candidates = documents.flatMap((document) =>
    instants.flatMap((instant) => {
      const distance = Math.abs(document.listedAt - instant.listedAt);
      return distance < SAMPLE_INTERVAL ? [{ document, instant, distance }] : [];
    }),
  );
  candidates.sort((left, right) => left.distance - right.distance || left.document.listedAt - right.document.listedAt);
  const pairs = new Map<Document, Instant>();
  const taken = new Set<Instant>();
  for (const { document, instant } of candidates) {
    if (pairs.has(document) || taken.has(instant)) continue;
    pairs.set(document, instant);
    taken.add(instant);
  }
  return pairs;
}

/** The newest item that is not after `time` and at most `reach` before it. */
export function newestWithin<Item extends TimedItem>(
  items: readonly Item[],
  time: number,
  reach: number,
): Item | undefined {
  return items
    .filter((item) => item.listedAt <= time && item.listedAt >= time - reach)
    .reduce<Item | undefined>(
      (newest, item) => (newest && newest.listedAt >= item.listedAt ? newest : item),
      undefined,
    );
}
