import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { describeError } from '../../base/errors.ts';
import { type ExpansionSource, expandText } from './expansion.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';

/** Aliases of aliases grow without bounds, and one of itself never ends. */
const MAX_NODES = 10_000;
const MAX_DEPTH = 100;

/** A YAML file that remembers where everything stands. */
export class YamlSource {
  readonly #text: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
  }

  /** The first mistake of YAML itself: the content cannot be trusted, and what follows is its consequence. */
  get syntaxProblem(): ConfigProblem | undefined {
    const [error] = this.#document.errors;
    if (!error) return undefined;
    const before = this.#text.slice(0, error.pos[0]);
    const isReference = /\$$/.test(before.trimEnd()) || this.#text.slice(error.pos[0] - 1).startsWith('${');
    const hint = isReference ? '; inside { } and [ ] a ${…} must be quoted' : '';
    return { ...this.#position(error.pos[0]), path: [], message: `${describeError(error)}${hint}` };
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
      const key = this.#keyNode(path.slice(0, length));
      if (key?.range) return this.#position(key.range[0]);
    }
    return this.#position(this.#document.contents?.range?.[0]);
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
