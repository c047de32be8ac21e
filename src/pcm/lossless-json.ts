import { describeError, PcmDocumentError } from '../base/errors.ts';
import type { Counter } from './model.ts';

/**
 * Marks a string that was an integer of 16 and more digits in the text. A control character: no console writes one
 * into a name, and where one did, the name would still be read as a name, since only numeric fields look for it.
 */
const LONG_INTEGER_MARK = '\u0001';
const LONG_INTEGER_MARK_ESCAPED = '\\u0001';

/** Shorter integers are exact as doubles: 10^15 < 2^53. */
const LONG_INTEGER_DIGITS = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const LOWER_E = 0x65;
const UPPER_E = 0x45;

/**
 * `JSON.parse` that keeps long integers: WWPNs are 64-bit decimals of which a double keeps 53 bits, so that both
 * members of a pair would become one number. A long integer arrives as a marked string; {@link readLongInteger}
 * turns it into a number. Quoting them beforehand costs a fraction of the parse, a lossless parser twice the parse.
 *
 * @throws {PcmDocumentError} `POWERVM_DOCUMENT_INVALID` for what is not JSON
 */
export function parseLosslessJson(text: string): unknown {
  try {
    return JSON.parse(quoteLongIntegers(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text));
  } catch (error) {
    // The reason quotes the text around the place: a document has no secrets, and it helps to see an HTML page.
    throw new PcmDocumentError(
      'POWERVM_DOCUMENT_INVALID',
      `the document is not JSON: ${describeError(error).slice(0, 200)}`,
      {
        cause: error,
      },
    );
  }
}

/** The integer behind a marked string, exactly; `undefined` for every other string. */
export function readLongInteger(value: string): Counter | undefined {
  if (!value.startsWith(LONG_INTEGER_MARK)) return undefined;
  const integer = BigInt(value.slice(LONG_INTEGER_MARK.length));
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** A string field's text, also when the document wrote a long integer there. */
export function withoutMark(value: string): string {
  return value.startsWith(LONG_INTEGER_MARK) ? value.slice(LONG_INTEGER_MARK.length) : value;
}

function quoteLongIntegers(text: string): string {
  if (!/\d{16}/.test(text)) return text;
  let result = '';
  let copied = 0;
  for (let position = 0; position < text.length; position += 1) {
    const character = text.charCodeAt(position);
    if (character === QUOTE) {
      position = endOfString(text, position);
    } else if (isDigit(character)) {
      const start = position;
      while (isDigit(text.charCodeAt(position + 1))) position += 1;
      if (position - start + 1 >= LONG_INTEGER_DIGITS && isWholeNumber(text, start, position + 1)) {
        const sign = text.charCodeAt(start - 1) === MINUS ? 1 : 0;
        result += `${text.slice(copied, start - sign)}"${LONG_INTEGER_MARK_ESCAPED}${text.slice(start - sign, position + 1)}"`;
        copied = position + 1;
      }
    }
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** The position of the closing quote; the end of the text when there is none, which `JSON.parse` then reports. */
function endOfString(text: string, openingQuote: number): number {
  let position = openingQuote + 1;
  while (position < text.length) {
    const character = text.charCodeAt(position);
    if (character === QUOTE) return position;
    position += character === BACKSLASH ? 2 : 1;
  }
  return position;
}

/** Whether the digits are a number of their own: not a fraction, not an exponent, and without either. */
function isWholeNumber(text: string, start: number, end: number): boolean {
  const after = text.charCodeAt(end);
  if (after === DOT || after === LOWER_E || after === UPPER_E) return false;
  const before = text.charCodeAt(start - 1);
  if (before === DOT || before === LOWER_E || before === UPPER_E || before === PLUS) return false;
  const beforeSign = text.charCodeAt(start - 2);
  return before !== MINUS || (beforeSign !== LOWER_E && beforeSign !== UPPER_E);
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}
