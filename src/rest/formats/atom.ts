import { setImmediate as untilOthersRan } from 'node:timers/promises';
import type { X2jOptions, XMLParser } from 'fast-xml-parser';
import { ConsoleError } from '../../base/errors/errors.ts';
import { requireXmlParser } from '../../base/options/load-on-demand.ts';

/** An XML element: its attributes, its text or its child elements, under their local names. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

/** One entry of a feed, or a document that is one entry. */
export interface AtomEntry {
  readonly element: Element;
  /** The object inside `content`, for example `ManagedSystem:ManagedSystem`; PCM feeds have none. */
  readonly content: Element | undefined;
}

/**
 * Loads the parser with the first response, so that importing the package does not need it (`npm run bench:import`).
 * With `require` it is one file instead of forty, which Node would look for, read and link one after the other: a third
 * of the time.
 */
class XmlParserWhenUsed {
  readonly #options: X2jOptions;
  #parser: XMLParser | undefined;

  constructor(options: X2jOptions) {
    this.#options = options;
  }

  parse(text: string): unknown {
    this.#parser ??= new (requireXmlParser().XMLParser)(this.#options);
    return this.#parser.parse(text);
  }
}

const MAX_DEPTH = 64;
/**
 * Of what is parsed in one go, a document or one entry of a feed: characters, tags and attributes, and characters from one
 * tag to the next. Real entries have up to 300,000 characters and 5,000 tags, and texts of some hundred. The parser makes
 * 35 bytes of a character of text, so that without bounds 31 MiB in one element take more than a gigabyte.
 */
const MAX_CHARACTERS = 2 * 1024 * 1024;
const MAX_PARTS = 100_000;
const MAX_RUN = 65_536;
/** Milliseconds after which reading a feed lets others have their turn. */
const MAX_TURN_MS = 20;
const TEXT = '#text';
const ATTRIBUTES = ':@';

const parser = new XmlParserWhenUsed({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  removeNSPrefix: true,
  preserveOrder: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // See decodeReferences: the parser bounds their number, and takes what HTML knows besides for granted.
  processEntities: false,
  htmlEntities: false,
});

/**
 * Parses an XML answer of a console, or a part of one. Document types and entity declarations have no place in them and
 * are refused, so that no entity can expand.
 * @throws {ConsoleError} `POWERVM_ANSWER_INVALID`; `POWERVM_ANSWER_TOO_LARGE` for what would take too much memory and time
 */
export function parseXml(text: string, place: string): Element {
  requireXml(text, place);
  const root = parseElements(text, place)[0];
  if (!root) throw invalid(place, 'the answer is not XML');
  if (!closes(text, root)) throw invalid(place, 'the XML is cut off');
  return root;
}

/** The entries of a small feed; a document that is a single entry is a feed of one. */
export function parseAtom(text: string, place: string): readonly AtomEntry[] {
  const root = parseXml(text, place);
  if (root.name !== 'feed' && root.name !== 'entry')
    throw invalid(place, `${elementName(root)} came instead of an Atom feed`);
  const entries = root.name === 'entry' ? [root] : root.children.filter((child) => child.name === 'entry');
  return entries.map(asEntry);
}

/**
 * Reads the entries of a feed of any size one by one: other work gets its turn in between, and only the result of
 * `read` is kept of each entry.
 * @throws as {@link parseXml}
 */
export async function readFeed<Item>(
  text: string,
  place: string,
  read: (entry: AtomEntry) => Item | undefined,
): Promise<readonly Item[]> {
  requireXml(text, place);
  const { frame, entries } = splitFeed(text, place);
  if (entries.length === 0 || !isOnlyDeclaration(frame)) {
    const root = parseXml(frame, place);
    if (root.name !== 'feed') throw invalid(place, `${elementName(root)} came instead of an Atom feed`);
  }
  const items: Item[] = [];
  let turn = performance.now();
  for (const entry of entries) {
    for (const element of parseElements(entry, place)) {
      if (!closes(entry, element)) throw invalid(place, 'the XML is cut off');
      const item = element.name === 'entry' ? read(asEntry(element)) : undefined;
      if (item !== undefined) items.push(item);
    }
    if (performance.now() - turn < MAX_TURN_MS) continue;
    await untilOthersRan();
    turn = performance.now();
  }
  return items;
}

/** Cuts the entries out of a feed. Entries of a console are never nested, in a comment or in CDATA. */
function splitFeed(text: string, place: string): { readonly frame: string; readonly entries: readonly string[] } {
  const start = /<(?:[\w.-]+:)?entry(?=[\s/>])/g;
  const end = /<\/(?:[\w.-]+:)?entry\s*>/g;
  const entries: string[] = [];
  let frame = '';
  let at = 0;
  for (let found = start.exec(text); found; found = start.exec(text)) {
    end.lastIndex = found.index;
    if (!end.test(text)) throw invalid(place, 'the XML is cut off');
    frame += text.slice(at, found.index);
    entries.push(text.slice(found.index, end.lastIndex));
    at = end.lastIndex;
    start.lastIndex = at;
  }
  return { frame: frame + text.slice(at), entries };
}

/** What stands around the entry of a document that is one. */
function isOnlyDeclaration(frame: string): boolean {
  return frame.length < MAX_RUN && /^\s*(?:<\?[^<>]*\?>)?\s*$/.test(frame);
}

function asEntry(element: Element): AtomEntry {
  return { element, content: child(element, 'content')?.children[0] };
}

function requireXml(text: string, place: string): void {
  if (isHtml(text)) throw invalid(place, 'an HTML page came instead of XML');
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw invalid(place, 'the XML declares a document type');
  if (!/^\s*</.test(text)) throw invalid(place, text.trim() === '' ? 'the answer is empty' : 'the answer is not XML');
}

function parseElements(text: string, place: string): readonly Element[] {
  if (isTooDeep(text)) throw invalid(place, 'the XML is nested too deeply');
  requireBounded(text, place);
  try {
    return readElements(parser.parse(text));
  } catch {
    // Its reason quotes the response, and that may repeat what was sent.
    throw invalid(place, 'the answer is not well-formed XML');
  }
}

/** @throws {ConsoleError} `POWERVM_ANSWER_TOO_LARGE` */
function requireBounded(text: string, place: string): void {
  if (text.length > MAX_CHARACTERS)
    throw tooLarge(place, `a part of the XML has more than ${MAX_CHARACTERS} characters`);
  let parts = 0;
  for (let at = -1, next = text.indexOf('<'); at < text.length; at = next, next = text.indexOf('<', at + 1)) {
    if (next < 0) next = text.length;
    if (next - at > MAX_RUN) throw tooLarge(place, `more than ${MAX_RUN} characters of the XML follow a tag`);
    parts += 1;
  }
  for (let at = text.indexOf('='); at >= 0 && parts <= MAX_PARTS; at = text.indexOf('=', at + 1)) parts += 1;
  if (parts > MAX_PARTS) throw tooLarge(place, `a part of the XML is made of more than ${MAX_PARTS} parts`);
}

/** The first child with a local name. */
export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

/** For messages: a name that a console could only have chosen itself is not repeated, it may be what was sent there. */
export function elementName({ name }: Element): string {
  const isKnown =
    /^(?:feed|entry|other|html|error|\w{0,60}(?:Response|Request|Preference|System|Partition|Server|Console))$/.test(
      name,
    );
  return isKnown ? `<${name}>` : 'an element of another name';
}

/** All children with a local name. */
export function children(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

/** The text at a path of local names, trimmed; `undefined` when it is not there or empty. */
export function textAt(element: Element | undefined, ...path: readonly string[]): string | undefined {
  const text = path.reduce<Element | undefined>(child, element)?.text.trim();
  return text === '' ? undefined : text;
}

/** The parser's nodes: `{name: children, ':@': attributes}`, and `{'#text': text}`. */
type ParsedNode = Readonly<Record<string, unknown>>;

function readElements(nodes: unknown): readonly Element[] {
  if (!Array.isArray(nodes)) return [];
  const elements: Element[] = [];
  for (const node of nodes as readonly ParsedNode[]) {
    const name = nameOf(node);
    if (name === undefined || name === TEXT) continue;
    const content = node[name];
    const attributes = attributesOf(node);
    elements.push({ name, attributes, text: textOf(content), children: readElements(content) });
  }
  return elements;
}

function nameOf(node: ParsedNode): string | undefined {
  for (const key in node) if (key !== ATTRIBUTES) return key;
  return undefined;
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

function attributesOf(node: ParsedNode): Readonly<Record<string, string>> {
  const attributes = node[ATTRIBUTES] as Record<string, string> | undefined;
  if (attributes === undefined) return NO_ATTRIBUTES;
  for (const name in attributes) attributes[name] = decodeReferences(attributes[name] ?? '');
  return attributes;
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return '';
  let text = '';
  for (const node of nodes as readonly ParsedNode[]) {
    const part = node[TEXT];
    if (part !== undefined) text += part;
  }
  return decodeReferences(text);
}

const REFERENCE = /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g;
const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * References to characters and the five predefined entities (XML 1.0, 4.1 and 4.6), each once: `&#38;lt;` is `&lt;`.
 * Invalid references remain as written.
 */
function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(REFERENCE, (written, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return PREDEFINED[name] ?? written;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return isXmlCharacter(code) ? String.fromCodePoint(code) : written;
  });
}

/** `Char` of XML 1.0, 2.2. */
function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff);
}

function isHtml(text: string): boolean {
  return /^\s*(?:<!doctype html|<html[\s>])/i.test(text);
}

/** The parser is lenient about missing end tags; the root's must be there. Without patterns that look back and forth. */
function closes(text: string, { name, children: parts }: Element): boolean {
  let end = text.trimEnd();
  while (end.endsWith('-->')) end = end.slice(0, Math.max(0, end.lastIndexOf('<!--'))).trimEnd();
  if (end.endsWith('/>')) return parts.length === 0;
  const start = end.lastIndexOf('</');
  const tag = end.slice(start + 2, -1).trimEnd();
  return start >= 0 && end.endsWith('>') && tag.slice(tag.indexOf(':') + 1) === name;
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [tag] of text.matchAll(/<\/?[A-Za-z_][^<>]*>/g)) {
    if (tag.startsWith('</')) depth -= 1;
    else if (!tag.endsWith('/>')) depth += 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function tooLarge(place: string, reason: string): ConsoleError {
  return new ConsoleError('POWERVM_ANSWER_TOO_LARGE', `${place}: ${reason}`, { context: { place } });
}

function invalid(place: string, reason: string): ConsoleError {
  return new ConsoleError('POWERVM_ANSWER_INVALID', `${place}: ${reason}`, { context: { place } });
}
