import fc from 'fast-check';
import { anyMutation, mutate } from '../helpers/mutations.ts';
import type { RecordedResponse } from './recorded-answers.ts';

type Random = () => number;

const jsonMutations = fc.sample(anyMutation(), { seed: 1, numRuns: 2_000 });

/** What parsers stumble over. */
const hostileTexts = [
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?xml version="1.0"?>',
  '&#0;',
  '&#xFFFFFFFF;',
  '&amp',
  '&undefined;',
  '<a>'.repeat(80),
  '</entry>',
  '<entry>',
  '"',
  "'",
  '\u0000',
  '\uFEFF',
  '\uFFFE',
  '\ud800',
  '\u2028',
  'x'.repeat(20_000),
  ' '.repeat(20_000),
  '__proto__',
  'constructor',
  'NaN',
  '-1',
  '99999999999999999999',
  '1e400',
  '<html>',
  'http://other.example.com/',
  '../../../',
  '%00%0d%0a',
  '\r\nX-API-Session: y',
  '9999-99-99T99:99:99Z',
  '-000001-01-01T00:00:00Z',
];

const hostileHeaders = [
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  'Content-Encoding: identity, gzip',
  'Content-Type: text/html',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Retry-After: 1e9',
  'Retry-After: -5',
  'Retry-After: Thu, 01 Jan 1970 00:00:00 GMT',
  'Retry-After: 0',
  'Date: yesterday',
  'Date: Thu, 31 Dec 9999 23:59:59 GMT',
  'Location: http://other.example.com/',
  'Set-Cookie: a=b; Domain=.example.com',
  'X-MC-Type: PVM',
  'ETag: "\u00ff"',
  'Connection: upgrade\r\nUpgrade: h2c',
  `X-Long: ${'x'.repeat(20_000)}`,
  'X-Bad header: 1',
  ': nothing',
  ' folded',
];

const hostileStatuses = [
  '100',
  '101',
  '103',
  '199',
  '204',
  '205',
  '206',
  '301',
  '302',
  '304',
  '400',
  '401',
  '403',
  '404',
  '406',
  '412',
  '429',
  '500',
  '502',
  '503',
  '599',
  '600',
  '999',
  '0',
  '20',
  'abc',
];

/** One of the many ways in which a response can be wrong, as the bytes that go over the wire. */
export function mutateResponse(reply: RecordedResponse, random: Random): Buffer {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const chance = random();
  if (chance < 0.35) return wire(reply.status, reply.headers, mutateBody(reply.body, random));
  if (chance < 0.5)
    return wire(
      pick(hostileStatuses),
      reply.headers,
      pick([reply.body, '', mutateBody(reply.body, random), errorBody(random)]),
    );
  if (chance < 0.65) return wire(reply.status, reply.headers, reply.body, pick(hostileHeaders));
  const whole = wire(reply.status, reply.headers, reply.body);
  if (chance < 0.75) return whole.subarray(0, Math.floor(random() * whole.length));
  return mutateBytes(whole, random, chance < 0.9 ? whole.indexOf('\r\n\r\n') : whole.length);
}

function mutateBody(body: string, random: Random): string {
  const isJson = /^\s*[[{]/.test(body);
  if (isJson && random() < 0.5) {
    const mutation = jsonMutations[Math.floor(random() * jsonMutations.length)];
    if (mutation) return mutate(body, mutation).text;
  }
  let mutated = body;
  for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1) mutated = mutateText(mutated, random);
  return mutated;
}

function mutateText(text: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  const end = Math.min(text.length, at + 1 + Math.floor(random() ** 3 * 2_000));
  const piece = hostileTexts[Math.floor(random() * hostileTexts.length)] ?? '';
  const chance = random();
  if (chance < 0.25) return text.slice(0, at) + piece + text.slice(at);
  if (chance < 0.4) return text.slice(0, at) + piece + text.slice(end);
  if (chance < 0.55) return text.slice(0, at) + text.slice(end);
  if (chance < 0.7)
    return text.slice(0, end) + text.slice(at, end).repeat(1 + Math.floor(random() * 5)) + text.slice(end);
  if (chance < 0.8) return text.slice(0, at);
  // A value of an element or an attribute becomes something else.
  const values = [...text.matchAll(/(?<=>)[^<>]+(?=<)|(?<=")[^"<>]+(?=")/g)];
  const value = values[Math.floor(random() * values.length)];
  return value === undefined ? piece : text.slice(0, value.index) + piece + text.slice(value.index + value[0].length);
}

function mutateBytes(bytes: Buffer, random: Random, length: number): Buffer {
  const mutated = Buffer.from(bytes);
  for (let count = 1 + Math.floor(random() * 4); count > 0; count -= 1) {
    mutated[Math.floor(random() * Math.max(1, length))] = Math.floor(random() * 256);
  }
  return mutated;
}

function errorBody(random: Random): string {
  const messages = [
    'VIOS is busy processing some other request',
    'MC has just restarted or UUID not found in PCM. Try again after sometime',
    'user does not have the role authority to perform the request',
    'The session is not valid',
    'x'.repeat(5_000),
    '',
  ];
  const message = messages[Math.floor(random() * messages.length)] ?? '';
  return mutateText(
    `<entry xmlns="http://www.w3.org/2005/Atom"><title>HttpErrorResponse</title><content><HttpErrorResponse><HTTPStatus>500</HTTPStatus><ReasonCode>Unknown internal error.</ReasonCode><Message>${message}</Message></HttpErrorResponse></content></entry>`,
    random,
  );
}

/** The true answer. */
export function wire(
  status: number | string,
  headers: Readonly<Record<string, string>>,
  body: string,
  extraHeader?: string,
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (extraHeader !== undefined) lines.push(extraHeader);
  // Without a length where a header has another, and with the connection's end as the end.
  const isLengthFree = /^(content-length|transfer-encoding)/i.test(extraHeader ?? '');
  const length = isLengthFree ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const head = [`HTTP/1.1 ${status} Something`, ...lines, ...length, 'connection: close', '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}
