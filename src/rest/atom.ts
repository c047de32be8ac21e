import type { X2jOptions, XMLParser } from 'fast-xml-parser';
import { ConsoleError } from '../base/errors.ts';
import { requireXmlParser } from '../base/required-when-used.ts';

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
 * Loads the parser with the first answer: whoever imports the package has none yet (`npm run bench:import`). With `require` it
 * is one file instead of forty, which Node would look for, read and link one after the other: a third of the time.
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
  // The five predefined entities only: a document that declares its own is refused before it gets here.
  processEntities: true,
  htmlEntities: false,
});

/**
 * Parses an XML answer of a console. Document types and entity declarations have no place in them and are refused, so
 * that no entity can expand.
 * @throws {ConsoleError} `POWERVM_ANSWER_INVALID`
 */
export function parseXml(text: string, place: string): Element {
  if (/<!DOCTYPE|<!ENTITY/i.test(text))
    throw invalid(place, isHtml(text) ? 'an HTML page came instead of XML' : 'the XML declares a document type');
  if (isHtml(text)) throw invalid(place, 'an HTML page came instead of XML');
  if (nestingDepth(text) > MAX_DEPTH) throw invalid(place, 'the XML is nested too deeply');
  let roots: readonly Element[];
  try {
    roots = readElements(parser.parse(text));
  } catch (error) {
    throw invalid(place, 'the answer is not well-formed XML', error);
  }
  const root = roots[0];
  if (!root) throw invalid(place, text.trim() === '' ? 'the answer is empty' : 'the answer is not XML');
  if (!closes(text, root)) throw invalid(place, 'the XML is cut off');
  return root;
}

/** The entries of a feed; a document that is a single entry is a feed of one. */
export function parseAtom(text: string, place: string): readonly AtomEntry[] {
  const root = parseXml(text, place);
  if (root.name !== 'feed' && root.name !== 'entry')
    throw invalid(place, `<${root.name}> came instead of an Atom feed`);
  const entries = root.name === 'entry' ? [root] : root.children.filter((child) => child.name === 'entry');
  return entries.map((element) => ({ element, content: child(element, 'content')?.children[0] }));
}

/** The first child with a local name. */
export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((candidate) => candidate.name === name);
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
    const attributes = (node[ATTRIBUTES] ?? {}) as Record<string, string>;
    elements.push({ name, attributes, text: textOf(content), children: readElements(content) });
  }
  return elements;
}

function nameOf(node: ParsedNode): string | undefined {
  for (const key in node) if (key !== ATTRIBUTES) return key;
  return undefined;
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return '';
  let text = '';
  for (const node of nodes as readonly ParsedNode[]) {
    const part = node[TEXT];
    if (part !== undefined) text += part;
  }
  return text;
}

function isHtml(text: string): boolean {
  return /^\s*(?:<!doctype html|<html[\s>])/i.test(text);
}

/** The parser is lenient about missing end tags; the root's must be there. Without patterns that look back and forth. */
function closes(text: string, { name, children: parts }: Element): boolean {
  let end = text.trimEnd();
  while (end.endsWith('-->')) end = end.slice(0, Math.max(0, end.lastIndexOf('<!--'))).trimEnd();
  if (end.endsWith('/>')) return parts.length === 0;
  const tag = end.slice(end.lastIndexOf('</') + 2, -1).trimEnd();
  return end.endsWith('>') && tag.slice(tag.indexOf(':') + 1) === name;
}

function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [tag] of text.matchAll(/<\/?[A-Za-z_][^<>]*>/g)) {
    if (tag.startsWith('</')) depth -= 1;
    else if (!tag.endsWith('/>')) depth += 1;
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

function invalid(place: string, reason: string, cause?: unknown): ConsoleError {
  return new ConsoleError('POWERVM_ANSWER_INVALID', `${place}: ${reason}`, { cause, context: { place } });
}
