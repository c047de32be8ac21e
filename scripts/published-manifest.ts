/**
 * The package.json that is published differs from the one that we develop with: what is inlined into `dist` is no dependency
 * any more, and the SDK stands among the dependencies too, with the range of the peer. npm then takes the one that the
 * program has, also where it came with `sdk-node`, and brings one where there is none; as a peer alone it refuses programs
 * that name their API exactly. `npm pack` and `npm publish` call this before (`prepack`) and after (`postpack`).
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { externalPackages, readManifest } from './inlined-packages.ts';

const root = path.join(import.meta.dirname, '..');
const file = path.join(root, 'package.json');
/** Ours, while the published one is in its place. Git ignores it. */
const kept = path.join(root, '.package.json.kept');
const SDK = '@opentelemetry/sdk-metrics';

restore();
if (process.argv[2] !== 'restore') {
  writeFileSync(kept, readFileSync(file));
  writeFileSync(file, `${JSON.stringify(publishedManifest(), undefined, 2)}\n`);
}

/** Also after a `npm pack` that broke off. */
function restore(): void {
  if (!existsSync(kept)) return;
  writeFileSync(file, readFileSync(kept));
  rmSync(kept);
}

function publishedManifest(): Readonly<Record<string, unknown>> {
  const { devDependencies, scripts, ...manifest } = readManifest(root);
  const { dependencies, peerDependencies } = manifest;
  const external = externalPackages(manifest);
  const kept = Object.entries({ ...dependencies, [SDK]: peerDependencies[SDK] }).filter(([name]) =>
    external.includes(name),
  );
  return { ...manifest, dependencies: Object.fromEntries(kept.sort(([left], [right]) => left.localeCompare(right))) };
}
