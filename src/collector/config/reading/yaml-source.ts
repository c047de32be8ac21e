import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { describeError } from '../../../base/errors/errors.ts';
import type { ConfigPath, ConfigProblem } from '../problems/problem.ts';
import { type ExpansionSource, expandText } from './expansion.ts';

/** Far more than a configuration has; what a larger file costs in time and memory would stop a running collector. */
const MAX_CHARACTERS = 1_000_000;
const MAX_NODES = 10_000;
const MAX_DEPTH = 100;
/** Each is looked for in the whole file; aliases of aliases grow without bounds, and one of itself never ends. */
const MAX_ALIASES = 100;

/** A YAML file that remembers where everything stands. */
export class YamlSource {
  readonly #text: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  /** Why the file is not read at all. */
  readonly #excess: string | undefined;

  constructor(text: string) {
    this.#text = text;
    const isTooLong = text.length > MAX_CHARACTERS;
    // Keys are compared below: the parser compares each with all before it.
    const options = { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false };
    this.#document = parseDocument(isTooLong ? '' : text, options);
    this.#excess = isTooLong ? `is longer than ${MAX_CHARACTERS} characters` : excessOf(this.#document);
  }

  /** The first mistake of YAML itself: the content cannot be trusted, and what follows is its consequence. */
  get syntaxProblem(): ConfigProblem | undefined {
    if (this.#excess !== undefined) return { line: 1, column: 1, path: [], message: this.#excess };
    const [error] = this.#document.errors;
    if (!error) return this.#badKey();
    const before = this.#text.slice(0, error.pos[0]);
    const isReference = /\$$/.test(before.trimEnd()) || this.#text.slice(error.pos[0] - 1).startsWith('${');
    const hint = isReference ? '; inside { } and [ ] a ${…} must be quoted' : '';
    return { ...this.#position(error.pos[0]), path: [], message: `${describeError(error)}${hint}` };
  }

  /** The first key that is there twice, or can be none. */
  #badKey(): ConfigProblem | undefined {
    let found: ConfigProblem | undefined;
    visit(this.#document, {
      Map: (_key, { items }) => {
        const names = new Set<string>();
        for (const { key } of items) {
          const name = String(isScalar(key) ? key.value : key);
          // An object of JavaScript takes this one for something else than a key.
          const isImpossible = name === '__proto__';
          if (names.has(name) || isImpossible) {
            const range = isScalar(key) ? key.range : undefined;
            const message = isImpossible ? `${name} can be no key` : `the key ${name} is there twice`;
            found = { ...this.#position(range?.[0]), path: [], message };
            return visit.BREAK;
          }
          names.add(name);
        }
        return undefined;
      },
    });
    return found;
  }

  /** The content as plain data, references in its scalars expanded; and what could not be. */
  expand(source: ExpansionSource): { readonly content: unknown; readonly problems: readonly ConfigProblem[] } {
    const problems: ConfigProblem[] = [];
    let nodes = 0;
    const read = (node: Node | null | undefined, path: ConfigPath): unknown => {
      nodes += 1;
      if (nodes > MAX_NODES || path.length > MAX_DEPTH) return null;
      if (isAlias(node)) return read(node.resolve(this.#document), path);
      if (isMap(node)) {
        return Object.fromEntries(
          node.items.map(({ key, value }) => {
            const name = String(isScalar(key) ? key.value : key);
            return [name, read(value as Node | null, [...path, name])];
          }),
        );
      }
      if (isSeq(node)) return node.items.map((item, index) => read(item as Node, [...path, index]));
      if (!isScalar(node)) return null;
      if (typeof node.value !== 'string') return node.value;
      try {
        return expandText(node.value, source);
      } catch (error) {
        problems.push({ ...this.#position(node.range?.[0]), path, message: describeError(error) });
        return node.value;
      }
    };
    const content = read(this.#document.contents, []);
    if (nodes > MAX_NODES)
      problems.push({ line: 1, column: 1, path: [], message: 'is too large: aliases of aliases?' });
    return { content, problems };
  }

  /** Where the value at `path` stands, or the nearest one around it that is written down. */
  positionOf(path: ConfigPath): { readonly line: number; readonly column: number } {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = this.placeOf(path.slice(0, length));
      if (place) return place;
    }
    return this.#position(this.#document.contents?.range?.[0]);
  }

  /** Where the value at `path` stands, if it is written down here. */
  placeOf(path: ConfigPath): { readonly line: number; readonly column: number } | undefined {
    const range = this.#keyNode(path)?.range;
    return range ? this.#position(range[0]) : undefined;
  }

  /** The key of a map entry, or an element of a list: what an editor should jump to. */
  #keyNode(path: ConfigPath): Node | undefined {
    const last = path.at(-1);
    if (last === undefined) return undefined;
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    if (isSeq(parent) && typeof last === 'number') return parent.items[last] as Node | undefined;
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last));
    return pair?.key as Node | undefined;
  }

  #position(offset = 0): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** What would cost too much to read, in words. */
function excessOf(document: Document.Parsed): string | undefined {
  let nodes = 0;
  let aliases = 0;
  visit(document, {
    Node: (_key, node) => {
      nodes += 1;
      if (isAlias(node)) aliases += 1;
      return nodes > MAX_NODES || aliases > MAX_ALIASES ? visit.BREAK : undefined;
    },
  });
  if (aliases > MAX_ALIASES) return `has more than ${MAX_ALIASES} aliases`;
  return nodes > MAX_NODES ? `has more than ${MAX_NODES} values` : undefined;
}
