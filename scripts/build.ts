/**
 * Makes `dist`: JavaScript of few files, so that importing the package and the command line are fast (docs/performance.md),
 * the status page, and the declarations, which `tsc` writes beside them.
 */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, transformSync } from 'esbuild';
import { type ChunkingContext, type OutputChunk, type Plugin, RUNTIME_MODULE_ID, rolldown } from 'rolldown';
import { externalPackages, inlinedPackages, readManifest } from './inlined-packages.ts';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'src');
const target = path.join(root, 'dist');
const pageSource = path.join(source, 'collector/status/page');
const page = path.join(target, 'page');

/**
 * A package that is `require`d by another comes as CommonJS: the ES modules that our code imports would be evaluated by calls
 * then, as a whole and with everything that they import.
 */
const requiredAsCommonJs: Plugin = {
  name: 'required as CommonJS',
  resolveId: (id, importer = root, { kind }) =>
    kind === 'require-call' && isOf(id, inlinedPackages) ? createRequire(importer).resolve(id) : undefined,
};
const loadedModules = new Map<string, ReadonlySet<string>>();

rmSync(target, { recursive: true, force: true });
const external = externalPackages(readManifest(root));
// The collector is no entry point of the package: test/browser opens it there.
const rooms = ['ceilometer', 'openstack', 'otlp', 'prometheus', 'simulator', 'collector'];
const bundle = await rolldown({
  input: Object.fromEntries(
    ['index', 'cli/main', ...rooms.map((room) => `${room}/index`)].map((entry) => [
      entry,
      path.join(source, `${entry}.ts`),
    ]),
  ),
  external: (id) => isOf(id, external),
  // What is inlined comes as ES modules where it is published as such: only these can be shaken.
  resolve: { mainFields: ['module', 'main'] },
  platform: 'node',
  plugins: [requiredAsCommonJs],
  // What files share is exported by one of them, in place of a file more.
  preserveEntrySignatures: 'allow-extension',
  checks: { ineffectiveDynamicImport: false, preferBuiltinFeature: false },
});
const { output } = await bundle.write({
  dir: target,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  codeSplitting: {
    groups: [{ debugName: 'parts of the package', name: partOf }],
    // A file holds what `partOf` says and nothing else.
    includeDependenciesRecursively: false,
  },
});
const chunks = output.filter((file) => file.type === 'chunk');
for (const { fileName } of chunks) {
  const file = path.join(target, fileName);
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    // One character beyond Latin-1 would double what V8 keeps of a file, and the time to read it.
    charset: 'ascii',
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay, and lines that a stack trace can point at. The sources are in the package, too.
    lineLimit: 120,
    legalComments: 'none',
    format: 'esm',
  });
  writeFileSync(file, code);
}
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
writeFileSync(path.join(target, 'THIRD-PARTY-NOTICES.txt'), noticesOf(chunks));

/** Whether an import names one of these packages, or a part of it. */
function isOf(id: string, packages: readonly string[]): boolean {
  return packages.some((name) => `${id}/`.startsWith(`${name}/`));
}

/**
 * The file for a module that is loaded with the root or with the command line. Node takes the better part of a millisecond
 * for every file, so these are few: what both start with, the rest of the command line's start, what reads consoles, the
 * metrics, and the two exporters. Everything else is left to the bundler, which makes a file of what the same entry points
 * and dynamic imports share.
 */
function partOf(module: string, context: ChunkingContext): string | null {
  if (module === RUNTIME_MODULE_ID) return 'base';
  // It awaits a verb, which must not wait for it.
  if (module === path.join(source, 'cli/main.ts')) return null;
  const isLoadedWithRoot = loadedWith('index.ts', context).has(module);
  if (loadedWith('cli/main.ts', context).has(module)) return isLoadedWithRoot ? 'base' : 'command-line';
  if (!isLoadedWithRoot) return null;
  const [room = ''] = path.relative(source, module).split(path.sep);
  if (['pcm', 'rest', 'fleet', 'inspector', 'receiver'].includes(room)) return 'reading';
  if (room === 'base' || room === 'openstack') return 'base';
  if (room === 'ceilometer') return room;
  if (room === 'otlp' || module.includes('/otlp-') || module.includes('-otlp-')) return 'otlp';
  return room === 'metrics' || module.includes('/node_modules/') ? 'metrics' : null;
}

/** The modules that come with a module of `src` without a dynamic import. */
function loadedWith(entry: string, context: ChunkingContext): ReadonlySet<string> {
  const known = loadedModules.get(entry);
  if (known) return known;
  const loaded = new Set<string>();
  loadedModules.set(entry, loaded);
  const visit = (module: string) => {
    if (loaded.has(module)) return;
    loaded.add(module);
    context.getModuleInfo(module)?.importedIds.forEach(visit);
  };
  visit(path.join(source, entry));
  return loaded;
}

/** Whose code is in the files, under which licence: what a licence asks of whoever hands on a copy. */
function noticesOf(files: readonly OutputChunk[]): string {
  const modules = files.flatMap(({ moduleIds }) => moduleIds);
  const folders = new Set(modules.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = licence === undefined ? '' : readFileSync(path.join(folder, licence), 'utf8').trim();
    return `${name} ${version}, ${license}\n\n${text}\n`;
  });
  return `Parts of these packages are in the files of this folder.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
