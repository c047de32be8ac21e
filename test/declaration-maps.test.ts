import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

/** Needs a build. */
test('every declaration of ours leads to its source, and the package has both', () => {
  const declarations = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.d.ts') && !file.startsWith('declarations'),
  );
  expect(declarations.length).toBeGreaterThan(50);
  const lost = declarations.filter((file) => {
    const place = path.join(dist, `${file}.map`);
    if (!existsSync(place) || !readFileSync(path.join(dist, file), 'utf8').includes(`${path.basename(file)}.map`))
      return true;
    const { sources }: { readonly sources: readonly string[] } = JSON.parse(readFileSync(place, 'utf8'));
    return !sources.every((source) => existsSync(path.resolve(path.dirname(place), source)));
  });
  expect(lost).toEqual([]);
  const { files }: { readonly files: readonly string[] } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  expect(files).toEqual(expect.arrayContaining(['dist', 'src']));
});

test('there are no maps of declarations that the package does not have', () => {
  const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts.map'));
  expect(maps.filter((file) => !existsSync(path.join(dist, file.replace(/\.map$/, ''))))).toEqual([]);
});
