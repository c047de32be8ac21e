import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasAnchor } from './headings.ts';
import { root } from './pages.ts';

/** What is read for citations: comments of code, not its texts. */
const FOLDERS = ['src', 'test', 'bench', 'scripts', 'examples'];
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g;
/** A path below a folder of the repository, or the bare name of a page or of a TypeScript file. */
const CITED = /(?<![\w/.:@-])((?:[\w.-]+\/)*[\w.-]+\.(?:md|ts|mjs|cjs))(?:#([\w-]+))?/g;
/** Only the paper that somebody wrote the comment from has numbers. */
const NUMBERED = /§|\bsections? \d|\.md,? \d/;
const INVENTED = new Set(['x.ts', 'x.test.ts', 'index.d.ts']);

const codeFiles = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs|cjs)$/.test(name) && !name.includes('node_modules'))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/'))),
);
/** Its dead citations are examples. */
const thisFile = 'test/docs/citations.test.ts';
const names = new Set(codeFiles.map((file) => path.posix.basename(file)));

/** What a comment cites that a reader of the repository cannot open. */
function deadCitations(file: string, text: string): readonly string[] {
  const comments = [...text.matchAll(COMMENT)].map(([comment]) => comment.replace(/\n\s*\* ?/g, ' '));
  return comments.flatMap((comment) => [
    ...[...comment.matchAll(CITED)].filter((match) => !isThere(file, match)).map(([cited]) => `${file}: ${cited}`),
    ...(NUMBERED.test(comment) ? [`${file}: a numbered section: ${comment.match(NUMBERED)}`] : []),
  ]);
}

/** `a/b`, `a` and the root, for `a/b/c.ts`: a comment may name its neighbours shortly. */
function foldersAbove(file: string): readonly string[] {
  const names = file.split('/').slice(0, -1);
  return [...names.map((_name, index) => names.slice(0, index + 1).join('/')), '.'];
}

function isThere(file: string, [, cited = '', anchor]: RegExpExecArray): boolean {
  if (INVENTED.has(cited)) return true;
  if (!cited.includes('/') && !cited.endsWith('.md')) return names.has(cited);
  const place = foldersAbove(file)
    .map((folder) => path.join(root, folder, cited))
    .find((candidate) => existsSync(candidate));
  return place !== undefined && (anchor === undefined || hasAnchor(place, anchor));
}

describe('comments', () => {
  test('cite only files and headings that are in the repository', () => {
    const files = codeFiles.filter((file) => file !== thisFile);
    expect(files.length).toBeGreaterThan(500);
    expect(files.flatMap((file) => deadCitations(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
  });

  test.each([
    ['a page that is not here', '/** As (powervm-rest-api.md) says. */', 'powervm-rest-api.md'],
    [
      'a page that is here, with a heading that is not',
      '// docs/limits.md#no-such-heading',
      'docs/limits.md#no-such-heading',
    ],
    ['a source file that was renamed', '/** See base/cursor-book.ts. */', 'base/cursor-book.ts'],
    ['a numbered section', '/** By section 4. */', 'a numbered section: section 4'],
  ])('that cite %s are found', (_what, comment, found) => {
    expect(deadCitations('src/index.ts', comment)).toEqual([`src/index.ts: ${found}`]);
  });

  test('may cite a heading of docs/reference, also over the end of a line', () => {
    const comment = '/**\n * Sessions\n * (docs/reference/console-api.md#sessions).\n */';
    expect(deadCitations('src/index.ts', comment)).toEqual([]);
  });
});
