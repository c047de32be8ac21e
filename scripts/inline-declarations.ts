/**
 * After `tsc`: keeps the declarations that the entry points of the package reach, and no others. Where they name types of an
 * inlined package, these come from `dist/declarations`: a program that uses ours need not have that package.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { externalPackages, inlinedPackages, readManifest } from './inlined-packages.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const target = path.join(dist, 'declarations');
const SPECIFIER = /((?:from|import)\s*\(?\s*)(['"])([^'"]+)\2/g;

/** Only their types are reached, by way of the inlined ones. */
const typesOnly = ['@opentelemetry/api-logs', '@opentelemetry/sdk-logs', '@opentelemetry/sdk-trace'];
const packages = [...inlinedPackages, ...typesOnly];
/** What a program that uses ours has installed. */
const installed = externalPackages(readManifest(root));

rmSync(target, { recursive: true, force: true });
const copied = new Map<string, string>();
const reached = new Set<string>();
for (const entry of Object.values(readManifest(root).exports)) {
  if (typeof entry !== 'string') keep(path.join(root, entry.types));
}
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const full = path.join(dist, file);
  const declaration = full.replace(/\.map$/, '');
  if (!declaration.endsWith('.d.ts') || full.startsWith(target) || reached.has(declaration)) continue;
  rmSync(full);
}
if (copied.size > 0) {
  // As these packages are: their declarations leave the extensions of imports away.
  writeFileSync(path.join(target, 'package.json'), '{ "type": "commonjs" }\n');
}

/** A declaration of ours, and all that it reaches. */
function keep(file: string): void {
  if (reached.has(file)) return;
  reached.add(file);
  rewrite(file, file, root);
  for (const [, , , specifier = ''] of readFileSync(file, 'utf8').matchAll(SPECIFIER)) {
    const next = path.resolve(path.dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts'));
    if (specifier.startsWith('.') && !next.startsWith(target)) keep(next);
    if (!isThere(specifier))
      throw new Error(`${path.relative(root, file)} names ${specifier}, which programs that use ours do not have`);
  }
}

/** Ours, of Node, or of a package that is installed with ours. */
function isThere(specifier: string): boolean {
  return /^(\.|node:)/.test(specifier) || installed.some((name) => `${specifier}/`.startsWith(`${name}/`));
}

/** Writes `source` as `destination`, with the types of inlined packages taken from our copies. */
function rewrite(source: string, destination: string, from: string): void {
  const before = readFileSync(source, 'utf8');
  const after = before.replaceAll(SPECIFIER, (whole, head: string, quote: string, specifier: string) => {
    const place = declarationOf(specifier, source, from);
    if (place === undefined) return whole;
    const relative = path.relative(path.dirname(destination), place).replaceAll(path.sep, '/');
    const name = relative.startsWith('.') ? relative : `./${relative}`;
    return `${head}${quote}${name.replace(/\.d\.ts$/, '.js')}${quote}`;
  });
  if (source === destination && before === after) return;
  mkdirSync(path.dirname(destination), { recursive: true });
  // Ours stay beside their maps, in which lines count; those of other packages are not copied.
  writeFileSync(destination, source === destination ? after : after.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
}

/** Our copy of what an import names, made when it is not there yet; `undefined` for what is not ours to copy. */
function declarationOf(specifier: string, source: string, from: string): string | undefined {
  const file = specifier.startsWith('.') ? relativeFile(specifier, source) : packageFile(specifier, from);
  if (file === undefined) return undefined;
  const known = copied.get(file);
  if (known !== undefined) return known;
  const place = path.join(target, file.split(`${path.sep}node_modules${path.sep}`).at(-1) ?? '');
  copied.set(file, place);
  rewrite(file, place, path.dirname(file));
  return place;
}

/** Inside of a package that is copied; what we import from ourselves stays as it is. */
function relativeFile(specifier: string, source: string): string | undefined {
  if (!source.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
  const base = path.resolve(path.dirname(source), specifier.replace(/\.js$/, ''));
  return [`${base}.d.ts`, path.join(base, 'index.d.ts')].find((file) => existsSync(file));
}

function packageFile(specifier: string, from: string): string | undefined {
  const isInlined = packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
  if (!isInlined) return undefined;
  // The CommonJS build, beside which each of these packages has its declarations.
  const script = createRequire(path.join(from, 'index.js')).resolve(specifier);
  const file = script.replace(/\.js$/, '.d.ts');
  if (!existsSync(file)) throw new Error(`${specifier} has no declarations at ${file}`);
  return file;
}
