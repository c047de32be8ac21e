import type { PcmDocument } from './model.ts';
import type { Listed } from './system-sample.ts';

/**
 * How far the inner times of a source may move against the feed's from one document to the next. Clocks are set by
 * seconds; a quarter of an hour is a clock that was set by hand, or no time at all.
 */
export const MAX_CLOCK_STEP = 15 * 60_000;

/** What is known of the inner times of the documents of one source. */
interface SourceClock {
  /** Inner time less feed time of the newest document that was believed: hours in old servers, but always the same. */
  readonly offset: number;
  /** The same of the newest document, where that was not believed. */
  readonly doubted: number | undefined;
}

/** By source: `phyp`, `vios 2`, `energy`. Immutable; small. */
export type SourceClocks = ReadonlyMap<string, SourceClock>;

export interface BelievedTimes<Document> {
  readonly clocks: SourceClocks;
  readonly believed: readonly Document[];
  readonly misdated: readonly Document[];
}

/**
 * Tells documents whose inner time is out of all order from the others, oldest first: one from the next century would
 * make all that follow it look old. Two in a row that agree are a clock that was set: the second is believed.
 */
export function believeTimes<Document extends Listed<PcmDocument>>(
  known: SourceClocks,
  documents: readonly Document[],
): BelievedTimes<Document> {
  const clocks = new Map(known);
  const believed: Document[] = [];
  const misdated: Document[] = [];
  for (const listed of [...documents].sort((left, right) => left.listedAt - right.listedAt)) {
    const { document, listedAt } = listed;
    // Each guest of an lpar document has a time of its own.
    if (document.kind === 'lpar') {
      believed.push(listed);
      continue;
    }
    const source = document.kind === 'vios' ? `vios ${document.number}` : document.kind;
    const offset = document.time - listedAt;
    const clock = clocks.get(source);
    const isBelieved = !clock || isNear(offset, clock.offset) || isNear(offset, clock.doubted);
    clocks.set(source, isBelieved ? { offset, doubted: undefined } : { offset: clock.offset, doubted: offset });
    (isBelieved ? believed : misdated).push(listed);
  }
  return { clocks, believed, misdated };
}

function isNear(offset: number, other: number | undefined): boolean {
  return other !== undefined && Math.abs(offset - other) <= MAX_CLOCK_STEP;
}
