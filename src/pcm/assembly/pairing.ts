import { SAMPLE_INTERVAL } from '../model.ts';

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
  const inOrder = [...instants].sort((left, right) => left.listedAt - right.listedAt);
  const candidates = documents.flatMap((document) => {
    const near: { readonly document: Document; readonly instant: Instant; readonly distance: number }[] = [];
    for (let index = firstAfter(inOrder, document.listedAt - SAMPLE_INTERVAL); index < inOrder.length; index += 1) {
      const instant = inOrder[index];
      if (!instant || instant.listedAt >= document.listedAt + SAMPLE_INTERVAL) break;
      near.push({ document, instant, distance: Math.abs(document.listedAt - instant.listedAt) });
    }
    return near;
  });
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

/** Index of the first item after `time`; a feed may list any number. */
function firstAfter(items: readonly TimedItem[], time: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.listedAt ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
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
