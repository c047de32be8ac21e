import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const dist = path.join(import.meta.dirname, '../dist');
/** A static import or re-export, as esbuild writes them. */
const IMPORT = /(?:^|[;\n])\s*(?:import|export)\s*(?:[^'"()]*?from\s*)?["']([^"']+)["']/g;

/** Packages that are loaded when a file of the build is imported. Needs a build. */
function packagesOf(entry: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(entry)) return [];
  seen.add(entry);
  return [...readFileSync(entry, 'utf8').matchAll(IMPORT)].flatMap(([, name = '']) => {
    if (name.startsWith('.')) return packagesOf(path.join(path.dirname(entry), name), seen);
    return /^[a-z@]/.test(name) && !name.startsWith('node:') ? [name] : [];
  });
}

/** Built into Node, named without `node:` by packages that are in the build. */
const ofNode = new Set(['fs', 'path', 'util', 'os', 'url', 'http', 'https', 'zlib', 'stream', 'events', 'crypto']);

test('importing the package loads OpenTelemetry, and no library that only some of its parts need', () => {
  const loaded = new Set(packagesOf(path.join(dist, 'index.js')).filter((name) => !ofNode.has(name)));
  expect([...loaded].sort()).toEqual(['@opentelemetry/api', '@opentelemetry/sdk-metrics']);
});

test('a verb that reads a console loads nothing of OpenTelemetry, which it has no use for', () => {
  const files = readdirSync(dist).filter((name) => /^(?:inspect|systems)-\w+\.js$/.test(name));
  expect(files).toHaveLength(2);
  const loaded = [path.join('cli', 'main.js'), ...files].flatMap((file) => packagesOf(path.join(dist, file)));
  expect(loaded).toContain('commander');
  expect(loaded.filter((name) => name.startsWith('@opentelemetry/'))).toEqual([]);
});
