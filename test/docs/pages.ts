import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '../..');

/** A fenced block of a page. */
export interface Block {
  /** `docs/install.md:12` */
  readonly place: string;
  /** `sh`, `yaml` */
  readonly language: string;
  readonly text: string;
}

export interface DocumentationPage {
  readonly file: string;
  readonly blocks: readonly Block[];
}

/** README and every page of docs/ and docs/reference/. */
export function documentationPages(): readonly DocumentationPage[] {
  const pages = ['docs', 'docs/reference'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
  return ['README.md', ...pages].map((file) => ({
    file,
    blocks: blocksOf(file, readFileSync(path.join(root, file), 'utf8')),
  }));
}

function blocksOf(file: string, text: string): readonly Block[] {
  const fences = [...text.matchAll(/^ *```.*$/gm)].map(([fence]) => fence.trim());
  const lost = fences.findIndex((fence, index) => index % 2 === 1 && fence !== '```');
  if (lost >= 0 || fences.length % 2 === 1)
    throw new Error(`${file}: a block is not opened or not closed (${fences[lost]})`);
  return [...text.matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    place: `${file}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** The commands of a shell block: continued lines joined, comments gone, `a && b` as two. */
export function commandsOf({ text }: Block): readonly string[] {
  return text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#\s.*$/, '').trim())
    .flatMap((line) => line.split(' && '))
    .map((command) => command.replace(/\s+/g, ' ').trim())
    .filter((command) => command !== '');
}
