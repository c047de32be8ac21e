import { parseTimeStamp } from '../../base/clock/timestamp.ts';
import { kindOfFile, readTerm, termPatterns } from '../../pcm/documents/document-kinds.ts';
import type { PcmFeedEntry } from '../model.ts';
import { type AtomEntry, child, children, readFeed, textAt } from './atom.ts';

/**
 * PCM lists sixty documents of every source; a frame with a hundred VIOSes would have some six thousand. What lies
 * before the newest of these is not looked at.
 */
const MAX_ENTRIES = 10_000;
/** Paths of documents have some 150 characters. */
const MAX_PATH_LENGTH = 2_048;

/**
 * Reads a feed of raw metrics or of processed energy (docs/reference/console-api.md#metric-feeds). Links have no `rel`;
 * the order of entries is arbitrary; host and port of links may be internal ones. An entry that does not say what and
 * when it is costs only itself.
 * @returns oldest first
 */
export async function readPcmFeed(text: string, place: string): Promise<readonly PcmFeedEntry[]> {
  const entries = await readFeed(text, place, readEntry);
  return entries.toSorted((left, right) => left.listedAt - right.listedAt).slice(-MAX_ENTRIES);
}

/** `StartTS` takes a literal `Z` and literal colons; a feed begins after it, give or take some seconds. */
export function startOfWindow(since: number): string {
  return `StartTS=${new Date(since).toISOString().replace(/\.\d{3}Z$/, 'Z')}`;
}

function readEntry({ element }: AtomEntry): PcmFeedEntry | undefined {
  const path = documentPath(element);
  const fileName = textAt(child(element, 'title')) ?? path?.split('/').at(-1) ?? '';
  const term = child(element, 'category')?.attributes.term ?? categoryOfFile(fileName);
  const category = readCategory(term, fileName);
  const listedAt = listingTime(textAt(child(element, 'updated'))) ?? listingTime(stampOfFile(fileName));
  if (path === undefined || category === undefined || listedAt === undefined) return undefined;
  return { ...category, listedAt, fileName, path };
}

/** The link to a JSON file, by its type or by its name. Only path and query are taken from it. */
function documentPath(element: AtomEntry['element']): string | undefined {
  for (const { attributes } of children(element, 'link')) {
    const href = attributes.href ?? '';
    const isDocument =
      attributes.type === 'application/vnd.ibm.powervm.pcm.json' || attributes.type === 'application/json';
    if (isDocument || /\.json(?:\?|$)/.test(href)) return pathOfLink(href);
  }
  return undefined;
}

function pathOfLink(href: string): string | undefined {
  const path = href.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  return path.startsWith('/rest/') && path.length <= MAX_PATH_LENGTH ? path : undefined;
}

function readCategory(
  term: string | undefined,
  fileName: string,
): Pick<PcmFeedEntry, 'category' | 'viosNumber'> | undefined {
  const named = term === undefined ? undefined : readTerm(term);
  const kind = named?.kind ?? kindOfFile(fileName);
  return kind && { category: kind, viosNumber: named?.number };
}

/** `LTM_8247-22L*2125D4A_vios_2_20150527T081730+0000.json` */
const FILE_NAME = new RegExp(`_(${termPatterns.join('|')})_(\\d{8}T\\d{6}(?:[+-]\\d{4}|Z)?)\\.json$`);

function categoryOfFile(fileName: string): string | undefined {
  return FILE_NAME.exec(fileName)?.[1];
}

function stampOfFile(fileName: string): string | undefined {
  return FILE_NAME.exec(fileName)?.[2];
}

function listingTime(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseTimeStamp(text);
}
