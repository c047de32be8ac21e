import fc from 'fast-check';

/**
 * Changes single places of a JSON document into something that no program should meet and some console will send:
 * for property tests of whatever reads JSON.
 */

/** Keys and indexes from the root of a document. */
export type JsonPath = readonly (string | number)[];

export interface Mutation {
  /** Which place of the document, counted over all of them from the root on; taken modulo their number. */
  readonly place: number;
  /** Places this deep and no deeper, so that the few on which much hangs have their turn. */
  readonly maxDepth: number;
  readonly change: Change;
}

export interface MutatedDocument {
  readonly text: string;
  /** The place that was changed; empty when it was the document as a whole. */
  readonly path: JsonPath;
}

type Change =
  /** JSON text instead of what stands there. */
  | { readonly kind: 'replace'; readonly literal: string }
  | { readonly kind: 'delete' }
  /** Once more in a list, or under another name in an object. */
  | { readonly kind: 'duplicate' }
  /** What its neighbour in the same object or list says. */
  | { readonly kind: 'copy neighbour'; readonly neighbour: number }
  | { readonly kind: 'wrap in a list' }
  | { readonly kind: 'write as a string' }
  /** The text ends here. */
  | { readonly kind: 'cut off' };

/** A mutation of any document; `literals` are further JSON texts to put in, such as time stamps of another century. */
export function anyMutation(literals: readonly string[] = []): fc.Arbitrary<Mutation> {
  return fc.record({ place: fc.nat(), maxDepth: fc.constantFrom(3, 4, 99), change: fc.oneof(...changes(literals)) });
}

/** The document with that one change. Long integers of the rest stay as they are. */
export function mutate(text: string, { place, maxDepth, change }: Mutation): MutatedDocument {
  const root: unknown = JSON.parse(keepLongIntegers(text));
  const places = allPlaces(root, maxDepth);
  const path = places[place % places.length] ?? [];
  if (change.kind === 'cut off') return { text: text.slice(0, place % text.length), path: [] };
  return { text: stringify(withChange(root, path, change)), path };
}

/** Marks a string that stands for JSON text; a private character that no test data contain. */
const MARK = '\uE000';

const hostileLiterals = [
  '1e308',
  '1e400',
  '-1e400',
  '1.7976931348623157e308',
  '5e-324',
  '-0',
  '-1',
  '0.5',
  '1E+2',
  '9007199254740993',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '-9223372036854775809',
  '9'.repeat(400),
  '"9223372036854775808"',
  '"1e5"',
  '"-1"',
  '"NaN"',
  '"Infinity"',
  '"\\u00809999999999999999"',
  '"\\u0080x"',
  '"\\u0000"',
  '""',
  '[]',
  '{}',
  'null',
  'true',
  '{"__proto__":{"uuid":"x"},"constructor":1,"length":-1}',
] as const;

function changes(literals: readonly string[]): fc.Arbitrary<Change>[] {
  const replaceBy = (literal: fc.Arbitrary<string>) =>
    literal.map((text): Change => ({ kind: 'replace', literal: text }));
  return [
    replaceBy(fc.constantFrom(...hostileLiterals, ...literals)),
    replaceBy(fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value))),
    replaceBy(fc.double().map((value) => JSON.stringify(value) ?? 'null')),
    replaceBy(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String)),
    replaceBy(fc.integer({ min: 1, max: 5_000 }).map(deepNest)),
    fc.constant({ kind: 'delete' }),
    fc.constant({ kind: 'duplicate' }),
    fc.nat().map((neighbour): Change => ({ kind: 'copy neighbour', neighbour })),
    fc.constant({ kind: 'wrap in a list' }),
    fc.constant({ kind: 'write as a string' }),
    fc.constant({ kind: 'cut off' }),
  ];
}

function deepNest(depth: number): string {
  return depth % 2 === 0 ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** The root and every value below it. */
function allPlaces(value: unknown, maxDepth: number, path: JsonPath = []): JsonPath[] {
  if (typeof value !== 'object' || value === null || path.length >= maxDepth) return [path];
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...children.flatMap(([key, child]) => allPlaces(child, maxDepth, [...path, key]))];
}

function withChange(value: unknown, path: JsonPath, change: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return changed(value, change);
  if (Array.isArray(value)) {
    if (rest.length > 0) return value.with(Number(key), withChange(value[Number(key)], rest, change));
    return changedElement(value, Number(key), change);
  }
  const object = value as Readonly<Record<string, unknown>>;
  if (rest.length > 0) return { ...object, [key]: withChange(object[key], rest, change) };
  return changedMember(object, String(key), change);
}

function changedElement(list: readonly unknown[], index: number, change: Change): unknown[] {
  switch (change.kind) {
    case 'delete':
      return list.filter((_, other) => other !== index);
    case 'duplicate':
      return [...list, list[index]];
    case 'copy neighbour':
      return list.with(index, list[change.neighbour % list.length]);
    default:
      return list.with(index, changed(list[index], change));
  }
}

function changedMember(object: Readonly<Record<string, unknown>>, key: string, change: Change): unknown {
  const { [key]: value, ...others } = object;
  switch (change.kind) {
    case 'delete':
      return others;
    case 'duplicate':
      return { ...object, [key.toUpperCase()]: value };
    case 'copy neighbour': {
      const names = Object.keys(object);
      return { ...object, [key]: object[names[change.neighbour % names.length] ?? key] };
    }
    default:
      return { ...object, [key]: changed(value, change) };
  }
}

function changed(value: unknown, change: Change): unknown {
  if (change.kind === 'replace') return MARK + change.literal;
  if (change.kind === 'wrap in a list') return [value];
  if (change.kind === 'write as a string') return stringify(value);
  return change.kind === 'delete' ? null : value;
}

/** `JSON.parse` of Node 20 does not keep integers above 2^53. */
function keepLongIntegers(text: string): string {
  return text.replaceAll(/(?<=[:[,]\s*)-?\d{16,}(?=\s*[,\]}])/g, (digits) => `"${MARK}${digits}"`);
}

/** JSON text in which marked strings are what they stand for. */
function stringify(value: unknown): string {
  return JSON.stringify(value).replaceAll(new RegExp(`"${MARK}((?:[^"\\\\]|\\\\.)*)"`, 'g'), (_, marked: string) =>
    JSON.parse(`"${marked}"`),
  );
}
