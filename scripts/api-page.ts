import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readManifest } from './inlined-packages.ts';

const root = path.join(import.meta.dirname, '..');
const RE_EXPORT = /^export (type )?(?:\{([^}]*)\}|\*) from '([^']+)';/gm;

/** What one entry point of the package exports under one name. */
export interface PublicExport {
  readonly name: string;
  /** `class`, `function`, `const`, `interface`, `type` */
  readonly kind: string;
  /** Exists when a program runs, and not for TypeScript alone. */
  readonly isValue: boolean;
  /** The first sentence of its docstring. */
  readonly summary: string;
}

/** Entry points of package.json with what each exports, read from the sources as Biome formats them. */
export function entryPoints(): ReadonlyMap<string, readonly PublicExport[]> {
  const entries = Object.entries(readManifest(root).exports).flatMap(([name, place]) =>
    typeof place === 'string' ? [] : [[name, place.types.replace('./dist', 'src').replace(/\.d\.ts$/, '.ts')] as const],
  );
  return new Map(entries.map(([name, file]) => [name, exportsOf(path.join(root, file)).toSorted(byKindAndName)]));
}

/** `docs/api.md`: every public name of every entry point. */
export function apiPage(): string {
  const parts = [...entryPoints()].flatMap(([entry, exported]) => [
    `## otel-powervm${entry.slice(1)}`,
    '',
    ...table(
      'values',
      exported.filter(({ isValue }) => isValue),
    ),
    ...table(
      'types',
      exported.filter(({ isValue }) => !isValue),
    ),
  ]);
  return [
    '# Public API',
    '',
    'What each entry point of the package exports. [embedding.md](embedding.md) says how to use it; what is not here is internal.',
    'The declarations in the package have the docstrings in full. Generated from `src/` by `npm run generate`.',
    '',
    ...parts,
  ].join('\n');
}

function table(title: string, exported: readonly PublicExport[]): readonly string[] {
  if (exported.length === 0) return [];
  const rows = exported.map(
    ({ name, kind, summary }) => `| \`${name}\` | ${kind} | ${summary.replaceAll('|', '\\|')} |`,
  );
  return [`| ${title} | | |`, '|---|---|---|', ...rows, ''];
}

function byKindAndName(left: PublicExport, right: PublicExport): number {
  return Number(right.isValue) - Number(left.isValue) || left.name.localeCompare(right.name);
}

/** The exports of a file: its own declarations, and what it hands on from others. */
function exportsOf(file: string): readonly PublicExport[] {
  const text = readFileSync(file, 'utf8');
  const handedOn = [...text.matchAll(RE_EXPORT)].flatMap(([, isTypeOnly, names, specifier = '']) => {
    const source = path.join(path.dirname(file), specifier);
    if (names === undefined) return exportsOf(source).filter(({ isValue }) => !(isTypeOnly && isValue));
    return namesIn(names).map(({ name, isType }) => {
      const found = findExport(source, name);
      return isTypeOnly || isType ? { ...found, isValue: false } : found;
    });
  });
  const own = [...text.matchAll(DECLARATION)].map((match) => declared(text, match));
  return [...handedOn, ...own];
}

function namesIn(list: string): readonly { readonly name: string; readonly isType: boolean }[] {
  return [...list.matchAll(/(type )?([\w$]+),?/g)].map(([, type, name = '']) => ({ name, isType: type !== undefined }));
}

function findExport(file: string, name: string): PublicExport {
  const found = existsSync(file) ? exportsOf(file).find((candidate) => candidate.name === name) : undefined;
  if (!found) throw new Error(`${path.relative(root, file)} does not export ${name} in a form that this script reads`);
  return found;
}

const DECLARATION = /^export (?:declare |abstract |async )*(class|function|const|interface|type)\*? ([\w$]+)/gm;

function declared(text: string, { index, 1: kind = '', 2: name = '' }: RegExpExecArray): PublicExport {
  return {
    name,
    kind,
    isValue: kind !== 'interface' && kind !== 'type',
    summary: firstSentence(docstringBefore(text, index)),
  };
}

/** The text of the docstring that ends where a declaration begins. */
function docstringBefore(text: string, index: number): string {
  const before = text.slice(0, index).trimEnd();
  if (!before.endsWith('*/')) return '';
  return (
    before
      .slice(before.lastIndexOf('/**') + 3, -2)
      .replaceAll(/\n\s*\*/g, '\n')
      .split(/\n\s*(?:\n|@)|^\s*@/)[0]
      ?.replaceAll(/\s+/g, ' ')
      .replaceAll(/\{@link (\S+?)\}/g, '`$1`')
      .replaceAll(/ \(docs\/[^)]*\)/g, '')
      .trim() ?? ''
  );
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}
