import type { SimulatedFault } from '../options.ts';
import type { SimulatedResponse } from './response.ts';

/** A response as a fault leaves it. */
export function applyFault(response: SimulatedResponse, fault: SimulatedFault | undefined): SimulatedResponse {
  if (!fault) return response;
  const body = fault.body ?? response.body;
  return {
    status: fault.status ?? response.status,
    headers: { ...response.headers, ...announced(response, fault), ...fault.headers },
    ...(body === undefined ? {} : { body: faulted(body, fault) }),
  };
}

/** As the servlet does whatever it sends. */
function announced({ headers }: SimulatedResponse, { charset }: SimulatedFault): SimulatedResponse['headers'] {
  const [type = 'application/atom+xml'] = headers?.['content-type']?.split(';') ?? [];
  return charset === undefined ? {} : { 'content-type': `${type};charset=ISO-8859-1` };
}

const FOREIGN_ENTRIES =
  '<entry><id>e</id><title>Event</title><content type="application/vnd.ibm.powervm.uom+xml; type=Event"><Event:Event xmlns:Event="u"><EventType>MODIFY_URI</EventType></Event:Event></content></entry>' +
  '<entry><id>j</id><title>JobResponse</title><content><JobResponse:JobResponse xmlns:JobResponse="u"><Status>COMPLETED_OK</Status></JobResponse:JobResponse></content></entry>';

function faulted(text: string, fault: SimulatedFault): string {
  const { truncateTo, truncate, garble, references, foreignEntries } = fault;
  const extended = foreignEntries ? text.replace(/<entry[\s>]/, `${FOREIGN_ENTRIES}$&`) : text;
  const body =
    references && extended.startsWith('<')
      ? extended.replaceAll(/[^\0-\x7f]/gu, (character) => `&#${character.codePointAt(0)};`)
      : extended;
  const length = truncateTo ?? (truncate === undefined ? body.length : Math.floor(body.length * truncate));
  const kept = body.slice(0, length);
  return garble === undefined ? kept : garbled(kept, garble);
}

/** Every so many characters one becomes another: the same ones each time. */
function garbled(text: string, share: number): string {
  if (share <= 0) return text;
  const step = Math.max(Math.round(1 / share), 1);
  return [...text]
    .map((character, index) => (index % step === step - 1 ? String.fromCharCode(33 + ((index * 31) % 90)) : character))
    .join('');
}
