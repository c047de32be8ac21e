import { isUtf8 } from 'node:buffer';

/** An XML declaration is at the very beginning and short. */
const DECLARATION_LENGTH = 200;

/**
 * The text of a response. Consoles announce ISO-8859-1 and send that or UTF-8 under the same header, so that what is
 * valid UTF-8 is read as UTF-8: hardly any text of ISO-8859-1 with a letter beyond ASCII is. Otherwise the announced
 * character set holds, that of the header before that of an XML declaration; without any, what is no UTF-8 becomes
 * U+FFFD. A byte-order mark is no part of a text.
 */
export function decodeText(bytes: Buffer, contentType: string | undefined): string {
  const utf16 = utf16Label(bytes);
  if (utf16 !== undefined) return decode(bytes, utf16) ?? '';
  if (isUtf8(bytes)) return withoutByteOrderMark(bytes.toString('utf8'));
  const label = charsetOf(contentType) ?? declaredEncoding(bytes);
  return (label === undefined ? undefined : decode(bytes, label)) ?? withoutByteOrderMark(bytes.toString('utf8'));
}

/** A file or a response that an editor on Windows has saved begins with one. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function utf16Label(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function charsetOf(contentType = ''): string | undefined {
  return /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1];
}

function declaredEncoding(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, DECLARATION_LENGTH);
  return /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
}

/** Undefined for an unknown character set. */
function decode(bytes: Buffer, label: string): string | undefined {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return undefined;
  }
}
