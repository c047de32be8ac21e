import { createHash, randomUUID } from 'node:crypto';
import type { ListedDocument } from '../documents/schedule.ts';
import type { Answer } from './answer.ts';
import { escapeXml, pcmFeed, refuse } from './atom-text.ts';

const DOCUMENT_TYPE = 'application/vnd.ibm.powervm.pcm.json';

/** A feed of raw metrics (powervm-rest-api.md 4.4): no `rel` on links, no order, an internal host in the links. */
export function metricsFeed(
  title: string,
  systemId: string,
  now: number,
  path: string,
  query: URLSearchParams,
  documents: readonly ListedDocument[],
): Answer {
  const start = boundary(query, 'StartTS', path);
  const end = boundary(query, 'EndTS', path);
  const listed = documents
    .filter(({ time }) => (start === undefined || time > start) && (end === undefined || time <= end))
    .map((document) => ({ document, order: createHash('md5').update(document.fileName).digest('hex') }))
    .sort((left, right) => (left.order < right.order ? -1 : 1));
  if (listed.length === 0) return { status: 204 };
  return pcmFeed(title, systemId, now, listed.map(({ document }) => entry(path, document)).join(''));
}

export function documentAnswer(path: string, document: ListedDocument | undefined): Answer {
  // What aged out is a servlet's error page, not an HttpErrorResponse.
  if (!document) {
    const page = `Error 404: java.io.FileNotFoundException: SRVE0190E: File not found: ${escapeXml(path)}`;
    return { status: 404, headers: { 'content-type': 'text/html' }, body: `<html><body>${page}</body></html>` };
  }
  return { status: 200, headers: { 'content-type': DOCUMENT_TYPE, etag: document.fileName }, body: document.text() };
}

function entry(path: string, { fileName, category, time }: ListedDocument): string {
  const stamp = new Date(time).toISOString();
  return (
    `<entry><id>${randomUUID()}</id><updated>${stamp}</updated><title>${fileName}</title><published>${stamp}</published>` +
    `<link type="${DOCUMENT_TYPE}" href="https://127.0.0.1:13443${path}/${fileName}"/><category term="${category}"/></entry>`
  );
}

function boundary(query: URLSearchParams, name: string, path: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  // A `+` that was not encoded arrives as a blank.
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? refuse(400, path, `${name} is not a time: ${text}`) : time;
}
