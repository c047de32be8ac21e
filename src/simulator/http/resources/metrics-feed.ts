import { createHash, randomUUID } from 'node:crypto';
import type { ListedDocument } from '../../documents/schedule.ts';
import type { SimulatedResponse } from '../response.ts';
import { escapeXml, pcmFeed, refuse } from './atom-text.ts';

const DOCUMENT_TYPE = 'application/vnd.ibm.powervm.pcm.json';
/** Host and port of links may be internal ones. */
const INTERNAL = 'https://127.0.0.1:13443';

/** What a feed is asked for. */
export interface FeedQuery {
  readonly systemId: string;
  /** The clock of the console. */
  readonly now: number;
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * A feed of raw metrics (docs/reference/console-api.md#raw-feeds): no `rel` on links, no order, an internal host in the
 * links.
 */
export function rawMetricsFeed(
  title: string,
  feedQuery: FeedQuery,
  documents: readonly ListedDocument[],
): SimulatedResponse {
  const { systemId, now, path } = feedQuery;
  const listed = documents
    .map((document) => ({ document, order: createHash('md5').update(document.fileName).digest('hex') }))
    .sort((left, right) => (left.order < right.order ? -1 : 1));
  if (listed.length === 0) return { status: 204 };
  return pcmFeed(title, systemId, now, listed.map(({ document }) => rawEntry(path, document)).join(''));
}

/**
 * A feed of processed metrics (docs/reference/console-api.md#processed-feeds). `NoOfSamples` asks for the newest ones.
 */
export function processedMetricsFeed(feedQuery: FeedQuery, documents: readonly ListedDocument[]): SimulatedResponse {
  const { systemId, now, path, query } = feedQuery;
  const limit = query.get('NoOfSamples');
  if (limit !== null && !/^[1-9]\d*$/.test(limit)) return refuse(400, path, `NoOfSamples is no number: ${limit}`);
  const listed = documents.slice(-Number(limit ?? documents.length));
  if (listed.length === 0) return { status: 204 };
  return pcmFeed('ProcessedMetrics', systemId, now, listed.map(processedEntry).join(''));
}

/** Whether a time by the console's clock is in the window that a query asks for. */
export function windowOf(query: URLSearchParams, path: string): (stamp: number) => boolean {
  const start = boundary(query, 'StartTS', path) ?? Number.NEGATIVE_INFINITY;
  const end = boundary(query, 'EndTS', path) ?? Number.POSITIVE_INFINITY;
  return (stamp) => stamp > start && stamp <= end;
}

export function documentResponse(
  path: string,
  document: ListedDocument | undefined,
  contentType = DOCUMENT_TYPE,
): SimulatedResponse {
  // What aged out is a servlet's error page, not an HttpErrorResponse.
  if (!document) {
    const page = `Error 404: java.io.FileNotFoundException: SRVE0190E: File not found: ${escapeXml(path)}`;
    return { status: 404, headers: { 'content-type': 'text/html' }, body: `<html><body>${page}</body></html>` };
  }
  return { status: 200, headers: { 'content-type': contentType, etag: document.fileName }, body: document.text() };
}

function rawEntry(path: string, { fileName, category, stamp }: ListedDocument): string {
  return entry(fileName, stamp, `type="${DOCUMENT_TYPE}" href="${INTERNAL}${path}/${fileName}"`, `term="${category}"`);
}

function processedEntry({ fileName, category, stamp }: ListedDocument): string {
  const link = `type="application/json" href="${INTERNAL}/rest/api/pcm/ProcessedMetrics/${fileName}"`;
  return entry(fileName, stamp, link, `term="${category}" frequency="30"`);
}

function entry(title: string, time: number, link: string, category: string): string {
  const stamp = new Date(time).toISOString();
  return (
    `<entry><id>${randomUUID()}</id><updated>${stamp}</updated><title>${title}</title><published>${stamp}</published>` +
    `<link ${link}/><category ${category}/></entry>`
  );
}

function boundary(query: URLSearchParams, name: string, path: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  // A `+` that was not encoded arrives as a blank.
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? refuse(400, path, `${name} is not a time: ${text}`) : time;
}
