import { createHash, randomUUID } from 'node:crypto';
import { RefusedRequest, type SimulatedResponse } from '../response.ts';

const ATOM = 'http://www.w3.org/2005/Atom';
const FIRMWARE = 'http://www.ibm.com/xmlns/systems/power/firmware';
const ATOM_TYPE = 'application/atom+xml';

/** An entry of an inventory feed: type and identity of the object, and its properties as XML. */
export interface InventoryObject {
  readonly type: string;
  /** UUID as this console writes it. */
  readonly id: string;
  readonly properties: string;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A leaf with the attributes that real ones carry. */
export function leaf(name: string, value: string | number | boolean | undefined): string {
  return value === undefined ? '' : `<${name} kb="ROR" kxe="false">${escapeXml(String(value))}</${name}>`;
}

/** A feed of the inventory (docs/reference/console-api.md#feeds-and-entries); 204 when there is nothing. */
export function inventoryFeed(base: string, path: string, objects: readonly InventoryObject[]): SimulatedResponse {
  if (objects.length === 0) return { status: 204 };
  const body =
    `<feed xmlns="${ATOM}" xmlns:ns2="http://a9.com/-/spec/opensearch/1.1/"><id>${randomUUID()}</id>` +
    `<link rel="SELF" href="${base}${path}"/><generator>IBM Power Systems Management Console</generator>` +
    `${objects.map((object) => inventoryEntry(base, path, object)).join('')}</feed>`;
  // The ETag depends on the content, not on the random id of the feed.
  return atomResponse(body, etagOf(objects.map(({ properties }) => properties).join()));
}

export function inventoryEntryResponse(base: string, path: string, object: InventoryObject): SimulatedResponse {
  return atomResponse(inventoryEntry(base, path, object, ` xmlns="${ATOM}"`), etagOf(object.properties));
}

/** Wraps the preferences of PCM: an entry without a tag, whose feed has one. */
export function preferencesFeed(content: string): SimulatedResponse {
  const body =
    `<feed xmlns="${ATOM}"><id>${randomUUID()}</id><title>Performance and Capacity Monitoring Preferences</title>` +
    `<entry><id>${randomUUID()}</id><content type="application/xml">${content}</content></entry></feed>`;
  return atomResponse(body, etagOf(content));
}

export function pcmFeed(title: string, systemId: string, now: number, entries: string): SimulatedResponse {
  const body =
    `<feed xmlns="${ATOM}"><id>${randomUUID()}</id><updated>${new Date(now).toISOString()}</updated>` +
    `<title>${title}</title><subtitle>ManagedSystem ${systemId}</subtitle><generator version="1"/>${entries}</feed>`;
  return atomResponse(body, String(now));
}

export function pcmElement(name: string, content: string): string {
  const namespace = `${FIRMWARE}/pcm/mc/2012_10/`;
  return `<${name}:${name} xmlns:${name}="${namespace}" xmlns="${namespace}" schemaVersion="V1_0">${content}</${name}:${name}>`;
}

/** An `HttpErrorResponse` (docs/reference/console-api.md#status-codes-and-errors). */
export function refusal(
  status: number,
  path: string,
  message: string,
  reasonCode = 'Unknown internal error.',
): SimulatedResponse {
  const type = 'HttpErrorResponse';
  const namespace = `${FIRMWARE}/web/mc/2012_10/`;
  return {
    status,
    headers: { 'content-type': `${ATOM_TYPE}; charset=UTF-8` },
    body:
      `<entry xmlns="${ATOM}"><id>${randomUUID()}</id><title>${type}</title>` +
      `<content type="application/vnd.ibm.powervm.web+xml; type=${type}">` +
      `<${type}:${type} xmlns:${type}="${namespace}" xmlns="${namespace}" schemaVersion="V1_0">` +
      `${leaf('HTTPStatus', status)}${leaf('RequestURI', path)}${leaf('ReasonCode', reasonCode)}${leaf('Message', message)}` +
      `</${type}:${type}></content></entry>`,
  };
}

/** The same as the document itself, as V10R3 and V11R2 answer, with the headers of the request that they repeat. */
export function bareRefusal(
  status: number,
  path: string,
  message: string,
  reasonCode = 'Bad request.',
): SimulatedResponse {
  const repeated = '{host=hmc.test, x-api-session=masked, cookie=JSESSIONID=masked}';
  return {
    status,
    headers: { 'content-type': `${ATOM_TYPE};charset=ISO-8859-1` },
    body:
      `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><HttpErrorResponse xmlns="${FIRMWARE}/web/mc/2012_10/" schemaVersion="V1_0">` +
      `<Metadata><Atom/></Metadata>${leaf('HTTPStatus', status)}${leaf('RequestURI', path)}` +
      `${leaf('ReasonCode', reasonCode)}${leaf('Message', message)}${leaf('RequestHeaders', repeated)}</HttpErrorResponse>`,
  };
}

/** The page of the web server before the REST API. */
export function refusalPage(status: number, _path: string, message: string): SimulatedResponse {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body:
      '<!doctype html public "-//IETF//DTD HTML 2.0//EN"><html><head><title>Console Internal Error</title></head>' +
      `<body><h1>Console Internal Error</h1><p>HTTP status code: ${status}<p>http.${status}<p>${escapeXml(message)}</body></html>`,
  };
}

export function refuse(status: number, path: string, message: string): never {
  throw new RefusedRequest(refusal(status, path, message));
}

/** A signed 32-bit number as text, as consoles have it. */
function etagOf(text: string): string {
  return String(createHash('sha256').update(text).digest().readInt32BE(0));
}

function atomResponse(body: string, etag: string): SimulatedResponse {
  return {
    status: 200,
    headers: { 'content-type': ATOM_TYPE, etag },
    body: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${body}`,
  };
}

function inventoryEntry(
  base: string,
  path: string,
  { type, id, properties }: InventoryObject,
  namespaces = '',
): string {
  const namespace = `${FIRMWARE}/uom/mc/2012_10/`;
  return (
    `<entry${namespaces}><id>${id}</id><title>${type}</title><published>2026-01-01T00:00:00.000Z</published>` +
    `<link rel="SELF" href="${base}${path}/${id}"/><author><name>IBM Power Systems Management Console</name></author>` +
    `<etag:etag xmlns:etag="${namespace}">${etagOf(properties)}</etag:etag>` +
    `<content type="application/vnd.ibm.powervm.uom+xml; type=${type}">` +
    `<${type}:${type} xmlns:${type}="${namespace}" xmlns="${namespace}" schemaVersion="V1_0">` +
    `<Metadata><Atom><AtomID>${id}</AtomID><AtomCreated>1767225600000</AtomCreated></Atom></Metadata>` +
    `${properties}</${type}:${type}></content></entry>`
  );
}
