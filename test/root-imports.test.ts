import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const dist = path.join(import.meta.dirname, '../dist');
/** A static import or re-export, as `scripts/build.ts` writes them. */
const IMPORT = /(?:^|[;\n])\s*(?:import|export)\s*(?:[^'"()]*?from\s*)?["']([^"']+)["']/g;

interface Loaded {
  /** Files of the build, the entry among them. */
  readonly files: ReadonlySet<string>;
  /** Modules of Node, without `node:`, and packages. */
  readonly modules: ReadonlySet<string>;
}

/** What is loaded when a file of the build is imported. Needs a build. */
function loadedWith(...entries: readonly string[]): Loaded {
  const files = new Set<string>();
  const modules = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, name = ''] of readFileSync(path.join(dist, file), 'utf8').matchAll(IMPORT)) {
      if (name.startsWith('.')) visit(path.join(path.dirname(file), name));
      else modules.add(name.replace(/^node:/, ''));
    }
  };
  entries.forEach(visit);
  return { files, modules };
}

/** Built into Node, and loaded by the SDK or small. */
const cheap = ['buffer', 'crypto', 'events', 'fs', 'fs/promises', 'module', 'os', 'path', 'string_decoder'];
cheap.push('timers/promises', 'url', 'util');

test('importing the package loads OpenTelemetry, and no library that only some of its parts need', () => {
  const { modules } = loadedWith('index.js');
  expect([...modules].filter((name) => !cheap.includes(name)).sort()).toEqual([
    '@opentelemetry/api',
    '@opentelemetry/sdk-metrics',
  ]);
});

test('importing the package loads few files, since Node takes its time for each', () => {
  const { files } = loadedWith('index.js');
  expect([...files].map((file) => file.replace(/-[\w-]{8}\.js$/, '')).sort()).toEqual([
    'base',
    'ceilometer',
    'index.js',
    'metrics',
    'otlp',
    'reading',
  ]);
});

test('files of the build are ASCII, which V8 keeps in half the memory', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
  const isPage = (file: string) => file.startsWith('page');
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    if (!isPage(file)) expect(/^[\0-\x7f]*$/.test(readFileSync(path.join(dist, file), 'utf8')), file).toBe(true);
  }
});

test('a verb that reads a console loads nothing of OpenTelemetry, which it has no use for', () => {
  const verbs = readdirSync(dist).filter((name) => /^(?:inspect|systems)-[\w-]{8}\.js$/.test(name));
  expect(verbs).toHaveLength(2);
  const { modules } = loadedWith(path.join('cli', 'main.js'), ...verbs);
  expect(modules).toContain('commander');
  expect([...modules].filter((name) => name.startsWith('@opentelemetry/'))).toEqual([]);
});
