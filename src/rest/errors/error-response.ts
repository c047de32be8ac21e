import { child, type Element, parseXml, textAt } from '../formats/atom.ts';
import type { ConsoleResponse } from '../requests/exchange.ts';

/** Only the beginning of other pages is of use. */
const MAX_PLAIN_TEXT = 4_096;
/** An error response with a stack trace has some ten thousand characters. */
export const MAX_ERROR_RESPONSE = 65_536;
/** Beside the message an error response repeats what was asked: address, body, and headers with cookies in them. */
const REPEATED =
  /<((?:[\w.-]+:)?(?:HTTPStatus|RequestURI|RequestHeaders|RequestBody|StackTrace))\b[^<>]*>[^<]*(?:<\/\1>)?/g;

/** What a console says about a refused request. */
export interface ErrorResponse {
  readonly message: string;
  readonly reasonCode: string | undefined;
}

/**
 * Reads the body of an error answer. The REST API answers with a `HttpErrorResponse`, as the content of an Atom entry
 * or as the document itself (docs/reference/console-api.md#status-codes-and-errors; V10R3 and V11R2 do both); the
 * servlet below it with HTML or plain text, of which a short piece is better than nothing.
 */
export function readErrorResponse(response: ConsoleResponse): ErrorResponse {
  return readHttpErrorResponse(response.body) ?? { message: plainText(response.body), reasonCode: undefined };
}

function readHttpErrorResponse(body: string): ErrorResponse | undefined {
  if (body.length > MAX_ERROR_RESPONSE || !body.includes('HttpErrorResponse')) return undefined;
  try {
    const errorElement = findErrorResponse(parseXml(body, 'error response'));
    if (!errorElement) return undefined;
    const reasonCode = textAt(errorElement, 'ReasonCode');
    const message = textAt(errorElement, 'Message') ?? reasonCode;
    return message === undefined ? undefined : { message: oneLine(message), reasonCode };
  } catch {
    return undefined;
  }
}

/** In a document, an entry, or the first entry of a feed. */
function findErrorResponse(root: Element): Element | undefined {
  if (root.name === 'HttpErrorResponse') return root;
  const content = child(root.name === 'feed' ? child(root, 'entry') : root, 'content');
  return child(content, 'HttpErrorResponse') ?? child(content?.children[0], 'HttpErrorResponse');
}

function plainText(body: string): string {
  const start = body.slice(0, MAX_PLAIN_TEXT);
  const withoutCode = start.replaceAll(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replaceAll(REPEATED, ' ');
  return oneLine(withoutCode.replaceAll(/<[^>]*>/g, ' ')).slice(0, 200);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
}
