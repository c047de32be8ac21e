import { describeError, PcmDocumentError } from '../../base/errors/errors.ts';
import type { Counter } from '../model.ts';

/**
 * Marks a string that was an integer of 16 and more digits in the text. A control character: no console writes one
 * into a name, and where one did, the name would still be read as a name, since only numeric fields look for it. One
 * that JSON takes as it is, and that leaves a text of ASCII one byte a character.
 */
const LONG_INTEGER_MARK = '\u0080';

/** Shorter integers are exact as doubles: 10^15 < 2^53. */
const LONG_INTEGER_DIGITS = 16;
const HALF = LONG_INTEGER_DIGITS / 2;
/** A sign, the digits of any 64-bit integer and some more. */
const MAX_INTEGER_DIGITS = 40;
/** Elements of a list that are looked at to find its beginning: a WWPN pair has two. */
const MAX_LOOK_BACK = 8;
const NINE = 0x39;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const LOWER_E = 0x65;
const UPPER_E = 0x45;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

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

/** The integer behind a marked string, exactly; `undefined` for every other string and beyond any 64-bit integer. */
export function readLongInteger(value: string): Counter | undefined {
  // Longer ones take the longer the longer they are: a document may hold a million digits.
  if (!value.startsWith(LONG_INTEGER_MARK) || value.length > MAX_INTEGER_DIGITS) return undefined;
  return integerOf(value.slice(LONG_INTEGER_MARK.length));
}

/** The same, and digits that the document itself has put in quotes. */
export function readInteger(value: string): Counter | undefined {
  return value.length > MAX_INTEGER_DIGITS ? undefined : (readLongInteger(value) ?? integerOf(value.trim()));
}

function integerOf(digits: string): Counter | undefined {
  // A string of the document may begin with the mark and continue with anything.
  if (!/^-?\d+$/.test(digits)) return undefined;
  const integer = BigInt(digits);
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** Whether a string begins as a marked one does. */
export function isMarked(value: string): boolean {
  return value.charCodeAt(0) === 0x80;
}

/** A string field's text, also when the document wrote a long integer there. */
export function withoutMark(value: string): string {
  return value.startsWith(LONG_INTEGER_MARK) ? value.slice(LONG_INTEGER_MARK.length) : value;
}

/**
 * Marks long integers. A run of sixteen digits covers at least one of every sixteen characters, so that only these are
 * looked at; the characters before a run decide whether it is a value. Where that leaves a doubt (digits in a name that
 * look like a list of numbers), the whole text is read character by character.
 */
function quoteLongIntegers(text: string): string {
  let result = '';
  let copied = 0;
  for (let position = LONG_INTEGER_DIGITS - 1; position < text.length; position += LONG_INTEGER_DIGITS) {
    // A run that long has at least eight more digits on one side.
    const isInside = isDigit(text.charCodeAt(position - HALF)) || isDigit(text.charCodeAt(position + HALF));
    if (!isInside || !isDigit(text.charCodeAt(position))) continue;
    let first = position;
    while (isDigit(text.charCodeAt(first - 1))) first -= 1;
    while (isDigit(text.charCodeAt(position + 1))) position += 1;
    const end = position + 1;
    if (end - first < LONG_INTEGER_DIGITS || isExact(text, first, end) || !isWholeNumber(text, first, end)) continue;
    const start = text.charCodeAt(first - 1) === MINUS ? first - 1 : first;
    const place = placeOf(text, start);
    if (place === 'unclear') return quoteReadingStrings(text);
    if (place === 'text') continue;
    result += `${text.slice(copied, start)}"${LONG_INTEGER_MARK}${text.slice(start, end)}"`;
    copied = end;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** Whether a double holds the integer: all do up to 2^53, which has sixteen digits and begins with a nine. */
function isExact(text: string, start: number, end: number): boolean {
  return end - start === LONG_INTEGER_DIGITS && text.charCodeAt(start) < NINE;
}

/**
 * Whether a value begins at `start`, by what stands before it: a name and a colon, or that and the beginning of a list.
 * Inside a string no quote stands without a backslash, so that `{"name":` is never a part of one.
 */
function placeOf(text: string, start: number): 'value' | 'text' | 'unclear' {
  let position = skipBlanksBack(text, start - 1);
  let elements = 0;
  while (text.charCodeAt(position) === COMMA || text.charCodeAt(position) === OPENING_BRACKET) {
    const isListStart = text.charCodeAt(position) === OPENING_BRACKET;
    position = skipBlanksBack(text, position - 1);
    if (isListStart) break;
    // An element before this one: only a number leads on, anything else is left to the careful reader. So is a long
    // list, of which every element would be looked at once for each that comes after it.
    elements += 1;
    if (elements > MAX_LOOK_BACK || !isDigit(text.charCodeAt(position))) return 'unclear';
    while (isDigit(text.charCodeAt(position))) position -= 1;
    position = skipBlanksBack(text, position);
  }
  if (text.charCodeAt(position) !== COLON) return position === skipBlanksBack(text, start - 1) ? 'text' : 'unclear';
  position = skipBlanksBack(text, position - 1);
  if (text.charCodeAt(position) !== QUOTE) return 'unclear';
  position -= 1;
  while (isWordCharacter(text.charCodeAt(position))) position -= 1;
  if (text.charCodeAt(position) !== QUOTE) return 'unclear';
  const before = text.charCodeAt(skipBlanksBack(text, position - 1));
  return before === COMMA || before === OPENING_BRACE ? 'value' : 'unclear';
}

function skipBlanksBack(text: string, from: number): number {
  let position = from;
  for (let code = text.charCodeAt(position); code === 0x20 || (code >= 0x09 && code <= 0x0d); ) {
    position -= 1;
    code = text.charCodeAt(position);
  }
  return position;
}

function isWordCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || isDigit(code) || code === 0x5f;
}

/** The careful path: tracks at every character whether it is in a string. */
function quoteReadingStrings(text: string): string {
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
        result += `${text.slice(copied, start - sign)}"${LONG_INTEGER_MARK}${text.slice(start - sign, position + 1)}"`;
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
