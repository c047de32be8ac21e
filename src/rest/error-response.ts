import { child, parseAtom, textAt } from './atom.ts';
import type { ConsoleAnswer } from './transport.ts';

/** Of a page that is no error response only the beginning can tell anything. */
const MAX_PLAIN_TEXT = 4_096;

/** What a console says about a refused request. */
export interface ErrorResponse {
  readonly message: string;
  readonly reasonCode: string | undefined;
}

/**
 * Reads the body of an error answer. The REST API answers with an Atom entry `HttpErrorResponse`; the servlet below it
 * with HTML or plain text (powervm-rest-api.md 2.9), of which a short piece is better than nothing.
 */
export function readErrorResponse(answer: ConsoleAnswer): ErrorResponse {
  return readHttpErrorResponse(answer.body) ?? { message: plainText(answer.body), reasonCode: undefined };
}

function readHttpErrorResponse(body: string): ErrorResponse | undefined {
  if (!body.includes('HttpErrorResponse')) return undefined;
  try {
    const entry = parseAtom(body, 'error response')[0];
    const response =
      entry?.content?.name === 'HttpErrorResponse' ? entry.content : child(entry?.content, 'HttpErrorResponse');
    const message = textAt(response, 'Message');
    return message === undefined
      ? undefined
      : { message: oneLine(message), reasonCode: textAt(response, 'ReasonCode') };
  } catch {
    return undefined;
  }
}

function plainText(body: string): string {
  const start = body.slice(0, MAX_PLAIN_TEXT);
  return oneLine(start.replaceAll(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ')).slice(0, 200);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
}
