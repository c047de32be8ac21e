import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hasAnchor } from './headings.ts';
import { documentationPages, root } from './pages.ts';

function isDead(file: string, target: string): boolean {
  const [place = '', anchor] = target.split('#');
  const linked = place === '' ? path.join(root, file) : path.join(root, path.dirname(file), place);
  return !existsSync(linked) || (anchor !== undefined && !hasAnchor(linked, anchor));
}

test('no page has a broken link', () => {
  const dead = documentationPages().flatMap(({ file }) =>
    [...readFileSync(path.join(root, file), 'utf8').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => isDead(file, target))
      .map((target) => `${file}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test('the README names every page', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const pages = documentationPages().map(({ file }) => file);
  expect(pages.filter((file) => file !== 'README.md' && !readme.includes(`(${file})`))).toEqual([]);
});
