import { escapeMarkup } from '../base/text/markup.ts';
import type { Redaction } from './redaction.ts';
import { keptAttributes } from './vocabulary.ts';

/**
 * The body of a response, redacted. It is gone through token by token and not parsed: long integers keep their digits,
 * and one that was cut off or is no proper JSON or XML (which is what bug reports are about) stays what it was.
 */
export function redactBody(text: string, redaction: Redaction): string {
  const [first = ''] = /\S/.exec(text) ?? [];
  if (first === '<') return redactXml(text, redaction);
  if ('{["'.includes(first)) return redactJson(text, redaction);
  // Neither: plain text of an intermediary.
  return '';
}

/** A string that was cut off is left out, and so is what is no JSON. */
const JSON_TOKENS =
  /"((?:[^"\\]|\\.)*)"(\s*:)?|"[\s\S]*$|(?<![\w.-])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.:-])|[{}[\],:\s]+|\b(?:true|false|null)\b/g;

function redactJson(text: string, redaction: Redaction): string {
  let field = '';
  let redacted = '';
  for (const [token, string, colon] of text.matchAll(JSON_TOKENS)) {
    if (string === undefined) {
      if (token.startsWith('"')) break;
      redacted += /^[-\d]/.test(token) ? redaction.number(field, token) : token;
    } else if (colon !== undefined) {
      field = unquoted(string);
      redacted += `${JSON.stringify(/^[A-Za-z][\w.]{0,60}$/.test(field) ? field : redaction.value('text', field))}${colon}`;
    } else {
      redacted += JSON.stringify(redaction.value(field, unquoted(string)));
    }
  }
  return redacted;
}

function unquoted(string: string): string {
  try {
    return JSON.parse(`"${string}"`);
  } catch {
    return string;
  }
}

/** Comments and instructions are left out; so is a tag that was cut off. */
const XML_TOKENS =
  /<!\[CDATA\[(?<data>[\s\S]*?)\]\]>|<!--[\s\S]*?-->|<[?!][\s\S]*?>|<(?<tag>\/?[\w.:-]+)(?<attributes>(?:"[^"]*"|'[^']*'|[^<>"'])*)>|(?<text>[^<]+)/g;
const ATTRIBUTES = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

function redactXml(text: string, redaction: Redaction): string {
  let element = '';
  let redacted = text.trimStart().startsWith('<?xml') ? '<?xml version="1.0" encoding="UTF-8"?>' : '';
  for (const { groups } of text.matchAll(XML_TOKENS)) {
    const { tag, attributes = '', data, text: content } = groups ?? {};
    if (tag !== undefined) {
      element = localName(tag);
      redacted += `<${tag}${redactAttributes(attributes, redaction)}${/\/\s*$/.test(attributes) ? '/' : ''}>`;
    } else if (data !== undefined || content !== undefined) {
      const value = data ?? unescaped(content ?? '');
      const [, before = '', inner = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(value) ?? [];
      redacted += before + escapeMarkup(redaction.value(element, inner)) + after;
    }
  }
  return redacted;
}

function redactAttributes(text: string, redaction: Redaction): string {
  return [...text.matchAll(ATTRIBUTES)]
    .map(([, name = '', double, single]) => {
      const value = unescaped(double ?? single ?? '');
      return ` ${name}="${escapeMarkup(redactAttribute(name, value, redaction))}"`;
    })
    .join('');
}

function redactAttribute(name: string, value: string, redaction: Redaction): string {
  if (localName(name) === 'href') return redaction.path(value);
  if (/^xmlns(?::|$)/.test(name))
    return /^http:\/\/(?:www\.w3\.org|www\.ibm\.com|a9\.com)\//.test(value) ? value : 'urn:removed';
  const isMediaType = name === 'type' && /^(?:application|text)\/[\w.+;= -]{1,80}$/.test(value);
  if (isMediaType || (keptAttributes.has(localName(name)) && /^\w{0,20}$/.test(value))) return value;
  return redaction.value(localName(name), value);
}

function localName(name: string): string {
  return name.replace(/^\/?(?:[\w.-]+:)?/, '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hexadecimal, decimal, name) => {
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    return name === undefined ? (code <= 0x10_ff_ff ? String.fromCodePoint(code) : '') : (ENTITIES[name] ?? whole);
  });
}
