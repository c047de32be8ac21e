import type { SimulatedSystem } from '../estate/model.ts';
import { stampInName } from './sample-text.ts';
import {
  type DocumentSource,
  energyDocuments,
  type ListedDocument,
  lastInstant,
  longTermDocuments,
  SAMPLE_INTERVAL,
} from './schedule.ts';

export type { ListedDocument } from './schedule.ts';

/** Who dates the documents of its systems. */
export interface Dating {
  readonly documentsOf: (systemId: string) => DocumentSource;
  readonly conditions: { readonly clockOffsets: () => readonly number[] };
}

/** The text of a document by its name, of whatever instant; undefined when it never was. */
export function documentNamed(
  fileName: string,
  systems: readonly SimulatedSystem[],
  dating: Dating,
): string | undefined {
  const stamp = stampInName(fileName);
  if (stamp === undefined) return undefined;
  return systems
    .flatMap(({ id }) => {
      const source = dating.documentsOf(id);
      // The clock of the console may have shown this time twice.
      return dating.conditions.clockOffsets().flatMap((offset) => {
        const time = stamp - offset;
        return source.timestampOf(time) === stamp ? documentsAt(source, time) : [];
      });
    })
    .findLast((document) => document.fileName === fileName)
    ?.text();
}

/** @param from @param to true times, both included */
export function documentsWithin(source: DocumentSource, from: number, to: number): readonly ListedDocument[] {
  const first = lastInstant(source.systemAt(from), from + SAMPLE_INTERVAL - 1);
  const count = Math.max(Math.floor((to - first) / SAMPLE_INTERVAL) + 1, 0);
  return Array.from({ length: count }, (_, index) => first + index * SAMPLE_INTERVAL).flatMap((time) =>
    documentsAt(source, time),
  );
}

function documentsAt(source: DocumentSource, time: number): readonly ListedDocument[] {
  const isOnGrid = lastInstant(source.systemAt(time), time) === time;
  if (!isOnGrid) return [];
  const energy = (['raw', 'processed'] as const).flatMap((kind) => energyDocuments(source, time, kind));
  return [...longTermDocuments(source, time), ...energy];
}
