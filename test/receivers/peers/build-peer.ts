import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** Real receivers that are built from Go modules; each has a folder here with the module that pins its version. */
export const peerPackages = {
  collector: {
    name: 'OpenTelemetry Collector',
    module: 'go.opentelemetry.io/collector/otelcol',
    package: '.',
    tags: '',
  },
  prometheus: {
    name: 'Prometheus',
    module: 'github.com/prometheus/prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    // Without the discovery of a dozen clouds it is built in half the time.
    tags: 'remove_all_sd',
  },
  'victoria-metrics': {
    name: 'VictoriaMetrics',
    module: 'github.com/VictoriaMetrics/VictoriaMetrics',
    package: 'github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics',
    tags: 'pure',
  },
} as const;

export type PeerName = keyof typeof peerPackages;

export interface BuiltPeer {
  readonly executable: string;
  readonly version: string;
}

/**
 * Builds a receiver, unless the same version was built before on this machine.
 * @throws {Error} with the end of what Go said, when it cannot be built
 */
export async function buildPeer(peer: PeerName): Promise<BuiltPeer> {
  const folder = path.join(import.meta.dirname, peer);
  const { module, package: target, tags } = peerPackages[peer];
  const version = await pinnedVersion(folder, module);
  const executable = path.join(await directoryOf(peer), peer);
  await buildOnce(folder, executable, ['-tags', tags, target]);
  return { executable, version };
}

/** Where the programs of a folder beside this file are kept, by what its files say. */
export async function directoryOf(peer: string): Promise<string> {
  const directory = path.join(cacheDirectory(), `${peer}-${await fingerprint(path.join(import.meta.dirname, peer))}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

/**
 * Builds a program, unless it is there.
 * @throws {Error} with the end of what Go said, when it cannot be built
 */
export async function buildOnce(
  folder: string,
  executable: string,
  what: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  if (existsSync(executable)) return;
  // Built beside it and then renamed, so that an interrupted build leaves nothing that looks whole.
  const unfinished = `${executable}.${process.pid}`;
  await runGo(folder, ['build', '-trimpath', '-o', unfinished, ...what], environment);
  await rename(unfinished, executable);
}

export async function hasGo(): Promise<boolean> {
  return runGo(os.tmpdir(), ['version']).then(
    () => true,
    () => false,
  );
}

function cacheDirectory(): string {
  return path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'otel-powervm-test-peers');
}

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(path.join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

export async function pinnedVersion(folder: string, module: string): Promise<string> {
  const lines = (await readFile(path.join(folder, 'go.mod'), 'utf8')).split('\n');
  const words = lines.map((line) => line.trim().split(' ')).find(([name]) => name === module);
  if (!words?.[1]) throw new Error(`${folder}/go.mod does not name ${module}`);
  return words[1];
}

async function runGo(
  folder: string,
  commandArguments: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = spawn('go', commandArguments, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', ...environment },
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`go ${commandArguments.join(' ')} failed (${code}):\n${stderr.slice(-3000)}`);
}
