import { type DocumentKind, type PcmDocument, SAMPLE_INTERVAL } from '../model.ts';
import { parseEnergyDocument } from './energy.ts';
import { parseGuestMemoryDocument } from './guest-memory.ts';
import { parseHypervisorDocument } from './hypervisor.ts';
import { parseViosDocument } from './vios.ts';

/** What one kind of document differs in from the others, but for what is in it. */
interface KindDescription {
  /** What the `category` of a feed entry and the names of files call it. */
  readonly terms: readonly string[];
  /** Beginning of the names of files that a feed lists as data of the system, so that no term names the kind. */
  readonly filePrefix?: string;
  /** Whether a number follows the term, `vios_2`: then each number is a source of its own. */
  readonly isNumbered: boolean;
  /** Most files hold one document; one of processed energy holds those of a window, the newest last. */
  readonly parse: (text: string) => PcmDocument | readonly PcmDocument[];
  /**
   * `instant`: it makes an instant. `part`: it belongs to the one instant that is nearest. `background`: it describes
   * every instant after it until a newer one comes, and at most as long as it reaches.
   */
  readonly role: 'instant' | 'part' | 'background';
  /** How long before the newest instant it is still looked for while none of its source has come; milliseconds. */
  readonly reach: number;
}

/**
 * The kinds of PCM documents. Feeds, downloads, assembly, positions and recordings use this table; what an instant has of
 * each kind stands in `assembly/system-sample.ts`.
 */
export const documentKinds: Readonly<Record<DocumentKind, KindDescription>> = {
  phyp: { terms: ['phyp'], isNumbered: false, parse: parseHypervisorDocument, role: 'instant', reach: 0 },
  vios: { terms: ['vios'], isNumbered: true, parse: parseViosDocument, role: 'part', reach: SAMPLE_INTERVAL },
  // Taken every two minutes.
  lpar: {
    terms: ['lpar'],
    isNumbered: false,
    parse: parseGuestMemoryDocument,
    role: 'background',
    reach: 5 * SAMPLE_INTERVAL,
  },
  energy: {
    terms: ['fsp', 'energy', 'bmc'],
    filePrefix: 'EnergyMetrics_ManagedSystem_',
    isNumbered: false,
    parse: parseEnergyDocument,
    role: 'part',
    // Processed energy is listed a minute late.
    reach: 5 * SAMPLE_INTERVAL,
  },
};

const kindsInOrder = Object.entries(documentKinds) as readonly (readonly [DocumentKind, KindDescription])[];

export const partKinds = kindsInOrder.filter(([, { role }]) => role === 'part').map(([kind]) => kind);

/** How long before an instant a document may be listed that belongs to it; milliseconds. */
export const LONGEST_REACH = Math.max(...kindsInOrder.map(([, { reach }]) => reach));

/** What the documents of a feed are called, as regular expressions: `vios_\d+`. */
export const termPatterns: readonly string[] = kindsInOrder.flatMap(([, { terms, isNumbered }]) =>
  terms.map((term) => (isNumbered ? `${term}_\\d+` : term)),
);

const kindByTerm = new Map(kindsInOrder.flatMap(([kind, { terms }]) => terms.map((term) => [term, kind] as const)));
const TERM = /^(\w+?)(?:_(\d+))?$/;

/** Which kind a term of a feed or a file names, and the number in it. */
export function readTerm(
  term: string,
): { readonly kind: DocumentKind; readonly number: number | undefined } | undefined {
  const [, name = '', number] = TERM.exec(term) ?? [];
  const kind = kindByTerm.get(name);
  if (kind === undefined || documentKinds[kind].isNumbered !== (number !== undefined)) return undefined;
  return { kind, number: number === undefined ? undefined : Number(number) };
}

/** Which kind a file is of by the beginning of its name, where the feed lists it as data of the system. */
export function kindOfFile(fileName: string): DocumentKind | undefined {
  return kindsInOrder.find(([, { filePrefix }]) => filePrefix !== undefined && fileName.startsWith(filePrefix))?.[0];
}

/** What identifies the source of a listed document. */
interface SourcedEntry {
  readonly category: DocumentKind;
  readonly viosNumber: number | undefined;
}

/** The source of a listed document, whose documents follow each other: `phyp`, `vios_1`, `lpar`, `energy`. */
export function sourceOfEntry({ category, viosNumber }: SourcedEntry): string {
  return documentKinds[category].isNumbered ? `${category}_${viosNumber}` : category;
}

/** The source of a parsed document, as {@link sourceOfEntry} says it. */
export function sourceOfDocument(document: PcmDocument): string {
  return 'number' in document ? `${document.kind}_${document.number}` : document.kind;
}

/** Whether the documents of a source have a rhythm of their own and belong to no single instant. */
export function isBackgroundSource(source: string): boolean {
  const kind = readKind(source);
  return kind !== undefined && documentKinds[kind].role === 'background';
}

/** A stored position may name a source of another version. */
function readKind(source: string): DocumentKind | undefined {
  const name = source.replace(/_\d+$/, '');
  return kindsInOrder.find(([kind]) => kind === name)?.[0];
}

/** Items by the source that each is of, in their order. */
export function groupBySource<Item>(
  items: readonly Item[],
  sourceOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const source = sourceOf(item);
    const known = groups.get(source);
    if (known) known.push(item);
    else groups.set(source, [item]);
  }
  return groups;
}
