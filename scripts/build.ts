/**
 * Makes `dist`: JavaScript of few files, so that the command line starts fast (docs/performance.md), the status page,
 * and the declarations, which `tsc` writes beside them.
 */
import { copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'src');
const target = path.join(root, 'dist');
const pageSource = path.join(source, 'collector/status/page');
const page = path.join(target, 'page');

rmSync(target, { recursive: true, force: true });
await build({
  // The collector is no entry point of the package: test/browser opens it there.
  entryPoints: ['index.ts', 'simulator/index.ts', 'cli/main.ts', 'collector/index.ts'].map((file) =>
    path.join(source, file),
  ),
  outbase: source,
  outdir: target,
  bundle: true,
  packages: 'external',
  // What several of them use stands in one file for all; what a verb imports when it is called, in files of its own.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
await build({
  entryPoints: [path.join(pageSource, 'main.ts')],
  outdir: page,
  bundle: true,
  // Served beside it, as its makers publish it.
  external: ['./uplot.js'],
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  logLevel: 'warning',
});
for (const file of ['index.html', 'page.css']) copyFileSync(path.join(pageSource, file), path.join(page, file));
