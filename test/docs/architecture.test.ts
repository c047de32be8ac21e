import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './pages.ts';

const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
/** A link whose text is a name in the file that it leads to: `Class.method`, or what the file exports. */
const NAMED_LINK = /\[`([A-Za-z]+)(?:\.([A-Za-z]+))?`\]\(\.\.\/(src\/[^)]+\.ts)\)/g;

function sectionOf(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

function isThere(name: string, method: string | undefined, file: string): boolean {
  const place = path.join(root, file);
  if (!existsSync(place)) return false;
  const text = readFileSync(place, 'utf8');
  const isExported = new RegExp(`^export (?:abstract |async )*(?:class|function|const|interface|type) ${name}\\b`, 'm');
  return isExported.test(text) && (method === undefined || new RegExp(`^  (?:async )?${method}[<(]`, 'm').test(text));
}

describe("a sample's way", () => {
  const steps = sectionOf("A sample's way in ten steps")
    .split(/^\d+\. /m)
    .slice(1);

  test('has ten steps, each with a link to the function that takes it', () => {
    expect(steps).toHaveLength(10);
    expect(steps.filter((step) => step.match(NAMED_LINK) === null)).toEqual([]);
  });

  test('comes after one picture', () => {
    expect(page.match(/^```mermaid$/gm)).toHaveLength(1);
    expect(page.indexOf('```mermaid')).toBeLessThan(page.indexOf("## A sample's way"));
  });
});

test('every name that links to a file is in that file', () => {
  const links = [...page.matchAll(NAMED_LINK)];
  expect(links.length).toBeGreaterThan(15);
  const lost = links.filter(([, name = '', method, file = '']) => !isThere(name, method, file));
  expect(lost.map(([link]) => link)).toEqual([]);
});

test('every library that the page says is taken is a dependency, and each dependency is named', () => {
  const { dependencies }: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const libraries = sectionOf('Libraries, and what is our own');
  expect(
    Object.keys(dependencies).filter((name) => !libraries.includes(`\`${name}\``) && !name.startsWith('@open')),
  ).toEqual([]);
});
