/**
 * Makes `dist`: JavaScript of few files, so that the command line starts fast (docs/performance.md), the status page,
 * and the declarations, which `tsc` writes beside them.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { externalPackages, readManifest } from './inlined-packages.ts';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'src');
const target = path.join(root, 'dist');
const pageSource = path.join(source, 'collector/status/page');
const page = path.join(target, 'page');

rmSync(target, { recursive: true, force: true });
const rooms = ['ceilometer', 'openstack', 'otlp', 'prometheus', 'simulator'];
const { metafile } = await build({
  // The collector is no entry point of the package: test/browser opens it there.
  entryPoints: ['index.ts', 'cli/main.ts', ...[...rooms, 'collector'].map((room) => `${room}/index.ts`)].map((file) =>
    path.join(source, file),
  ),
  outbase: source,
  outdir: target,
  bundle: true,
  external: [...externalPackages(readManifest(root))],
  // What is inlined comes as ES modules where it is published as such: only these can be shaken.
  mainFields: ['module', 'main'],
  // For what is CommonJS only, and asks for a package of the host.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  metafile: true,
  // What several of them use is in one file for all; what a verb imports when it is called, in files of its own.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
await build({
  entryPoints: ['main.ts', 'page.css'].map((file) => path.join(pageSource, file)),
  outdir: page,
  bundle: true,
  // Served beside it, as its makers publish it.
  external: ['./uplot.js'],
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  logLevel: 'warning',
});
copyFileSync(path.join(pageSource, 'index.html'), path.join(page, 'index.html'));
writeFileSync(path.join(target, 'THIRD-PARTY-NOTICES.txt'), noticesOf(metafile));

/** Whose code is in the files, under which licence: what a licence asks of whoever hands on a copy. */
function noticesOf({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = licence === undefined ? '' : readFileSync(path.join(folder, licence), 'utf8').trim();
    return `${name} ${version}, ${license}\n\n${text}\n`;
  });
  return `Parts of these packages are in the files of this folder.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
