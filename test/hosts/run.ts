/**
 * The packed package beside the OpenTelemetry packages that programs have (`hosts.ts`): installed by npm, compiled, and run
 * by each Node. `npm run test:hosts`; `npm run test:hosts -- 'SDK 3'` for those whose name has that in it.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Host, hosts, type NodeLine, nodeVersions } from './hosts.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const NPM_FLAGS = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
/** The last compiler written in TypeScript, for those who stay on it; ours is tried as well. */
const OLDER_TYPESCRIPT = '5.9.3';

/** How a program may be compiled. `bundler` and `preserve` are what bundlers are used with. */
const compilations = [
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'module' },
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'commonjs' },
  { module: 'node20', moduleResolution: 'node16', type: 'module' },
  { module: 'node20', moduleResolution: 'node16', type: 'commonjs' },
  // TypeScript lets a CommonJS file of this mode import no ES module: from `.mts` only, or by import().
  { module: 'node16', moduleResolution: 'node16', type: 'module' },
  { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  { module: 'preserve', moduleResolution: 'bundler', type: 'commonjs' },
  { module: 'commonjs', moduleResolution: 'bundler', type: 'commonjs', onlySince: 6 },
] as const;

/** Packages of OpenTelemetry that a host and we could both bring. */
const SHARED = ['api', 'sdk-metrics', 'core', 'resources'];
const ourCompiler = path.join(root, 'node_modules/.bin/tsc');
const work = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-hosts-'));
let failures = 0;
/** Where the program of npm is. */
let npmProgram: Promise<string> | undefined;
try {
  const began = Date.now();
  const wanted = process.argv[2] ?? '';
  const [tarball, nodes] = await Promise.all([pack(), installNodes()]);
  for (const host of hosts.filter(({ name }) => name.includes(wanted))) await tryHost(host, tarball, nodes);
  console.log(
    `${failures === 0 ? 'all well' : `${failures} failures`} after ${Math.round((Date.now() - began) / 1000)} s`,
  );
} finally {
  await rm(work, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

async function pack(): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', work], { cwd: root });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  return path.join(work, filename);
}

/** Node itself is an npm package, one for each platform. The TypeScript of before comes along. */
async function installNodes(): Promise<Readonly<Record<NodeLine, string>>> {
  const folder = path.join(work, 'nodes');
  await emptyProject(folder);
  const platform = `node-${process.platform}-${process.arch}`;
  const packages = Object.entries(nodeVersions).map(([line, version]) => `node${line}@npm:${platform}@${version}`);
  await npm(folder, ['install', ...packages, `typescript@${OLDER_TYPESCRIPT}`]);
  const binary = (line: NodeLine) => path.join(folder, 'node_modules', `node${line}`, 'bin', 'node');
  return { '20': binary('20'), '22': binary('22'), '24': binary('24') };
}

async function tryHost(host: Host, tarball: string, nodes: Readonly<Record<NodeLine, string>>): Promise<void> {
  const folder = path.join(work, host.name.replaceAll(/\W+/g, '-'));
  await emptyProject(folder);
  const [oldest = '24'] = host.nodes;
  // As the program was installed before ours came, by the npm of its Node: the version of Node decides what npm takes.
  let before: readonly string[] = [];
  const installed = await attempt(`${host.name}: npm installs the package`, async () => {
    await npm(folder, ['install', '--save-exact', ...host.packages], nodes[oldest]);
    before = await copiesIn(folder);
    await npm(folder, ['install', tarball], nodes[oldest]);
  });
  if (!installed) return;
  await attempt(`${host.name}: no second copy of a package of OpenTelemetry`, () => requireNoMore(folder, before));
  for (const file of ['exercise.mjs', 'host.mjs', 'host.cjs']) {
    await copyFile(path.join(import.meta.dirname, file), path.join(folder, file));
  }
  for (const line of host.nodes) {
    for (const file of ['host.mjs', 'host.cjs']) {
      const kind = file.endsWith('.cjs') ? 'CommonJS' : 'ES module';
      await attempt(`${host.name}: Node ${nodeVersions[line]}, ${kind}`, () =>
        requireRun(host, folder, nodes[line], file),
      );
    }
  }
  await npm(folder, ['install', '@types/node@20.19.43']);
  await tryCompilers(host, folder);
  const { example } = host;
  if (example) await attempt(`${host.name}: examples/${example.file}`, () => requireExample(example, folder, nodes));
}

/** Compiled strictly, then run until it has shown what it is for, then ended by a signal. */
async function requireExample(
  { file, packages }: NonNullable<Host['example']>,
  folder: string,
  nodes: Readonly<Record<NodeLine, string>>,
): Promise<void> {
  if (packages.length > 0) await npm(folder, ['install', ...packages]);
  const source = path.join(folder, file.replace(/\.ts$/, '.mts'));
  await copyFile(path.join(root, 'examples', file), source);
  await writeProject(folder, {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    file: path.basename(source),
    emits: true,
  });
  await requireCompilation(ourCompiler, folder);
  const child = spawn(nodes['24'], [source.replace(/\.mts$/, '.mjs')], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^listening on (\S+)/.exec(line)?.[1];
    if (url !== undefined) await requirePartitions(`${url}/partitions`);
    else if (!/^the first sample: \d+ partitions/.test(line)) continue;
    child.kill('SIGTERM');
    break;
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(timer);
  if (child.exitCode !== 0) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
}

/** The first sample comes a moment after the program listens. */
async function requirePartitions(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const reply = await fetch(url);
    const partitions: unknown = await reply.json();
    if (Array.isArray(partitions) && partitions.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('no partition came');
}

/** Where the packages are that host and we could both have. Some hosts have several copies of their own. */
async function copiesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(path.join(folder, 'node_modules'), { recursive: true });
  return files
    .filter((file) => SHARED.some((name) => file.endsWith(path.join('@opentelemetry', name, 'package.json'))))
    .sort();
}

async function requireNoMore(folder: string, before: readonly string[]): Promise<void> {
  const added = (await copiesIn(folder)).filter((file) => !before.includes(file));
  if (added.length > 0) throw new Error(`npm added ${added.join(', ')}`);
}

interface Taken {
  readonly requests: number;
  readonly points: number;
  readonly scopes: readonly string[];
  readonly problems: readonly string[];
}

async function requireRun(host: Host, folder: string, node: string, file: string): Promise<void> {
  const args = [file, ...(host.usesNodeSdk ? ['sdk-node'] : [])];
  const { stdout, stderr } = await run(node, args, { cwd: folder, timeout: 60_000 });
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const problems: string[] = [];
  for (const way of ['instruments', 'producer', 'batch', 'behindReader']) {
    const taken: Taken = result[way];
    // Three partitions and a VIOS have more than fifty; the first delta is dropped, so that only gauges come.
    if (taken.points < (way === 'behindReader' ? 10 : 50)) problems.push(`${way}: ${taken.points} points`);
    if (taken.scopes.join() !== `otel-powervm ${version}`) problems.push(`${way}: scope ${taken.scopes.join()}`);
    problems.push(...taken.problems);
  }
  if (result.samples < 20) problems.push(`${result.samples} Ceilometer samples`);
  if (result.failures > 0 || result.rejections.length > 0) problems.push(JSON.stringify(result));
  if (/Error|Warning/.test(stderr) && !/ExperimentalWarning/.test(stderr)) problems.push(stderr.slice(0, 500));
  if (problems.length > 0) throw new Error(problems.join('; '));
}

async function tryCompilers(host: Host, folder: string): Promise<void> {
  const older = { version: 5, binary: path.join(work, 'nodes/node_modules/.bin/tsc') };
  const ours = { version: 7, binary: ourCompiler };
  // What can differ from SDK to SDK are the types; what can differ from way to way is how the package is found.
  const all = host.isCompiledInEveryWay === true;
  for (const { version, binary } of all ? [ours, older] : [ours]) {
    for (const compilation of compilations.filter(({ module }) => all || module === 'nodenext')) {
      if ('onlySince' in compilation && version < compilation.onlySince) continue;
      const { module, moduleResolution, type } = compilation;
      await attempt(`${host.name}: TypeScript ${version}, ${type} with module ${module}`, async () => {
        // Where it counts the extension says which kind of module it is, as well as a package.json would.
        const extension = ['esnext', 'preserve', 'commonjs'].includes(module)
          ? 'ts'
          : type === 'module'
            ? 'mts'
            : 'cts';
        const file = `program.${extension}`;
        await copyFile(path.join(import.meta.dirname, 'program.ts'), path.join(folder, file));
        await writeProject(folder, { module, moduleResolution, file, emits: false });
        await requireCompilation(binary, folder);
      });
    }
  }
}

/** What the host's own declarations have against the strictest options is not our concern: ours and the program must pass. */
async function requireCompilation(compiler: string, folder: string): Promise<void> {
  const output = await run(compiler, ['-p', '.', '--pretty', 'false'], { cwd: folder }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
  const errors = output.split('\n').filter((line) => /error TS/.test(line));
  const ours = errors.filter((line) => !line.startsWith('node_modules/@opentelemetry/'));
  if (ours.length > 0) throw new Error(ours.slice(0, 20).join('\n'));
}

interface Project {
  readonly module: string;
  readonly moduleResolution: string;
  readonly file: string;
  readonly emits: boolean;
}

async function writeProject(folder: string, { module, moduleResolution, file, emits }: Project): Promise<void> {
  const compilerOptions = {
    module,
    moduleResolution,
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: !emits,
  };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
}

async function emptyProject(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'host', private: true }));
}

/** With the npm of this machine, run by the Node that shall be installed for. */
async function npm(folder: string, args: readonly string[], node?: string): Promise<void> {
  const [command, ...rest] = node === undefined ? ['npm'] : [node, await findNpm()];
  await run(command ?? 'npm', [...rest, ...args, ...NPM_FLAGS], { cwd: folder, maxBuffer: 10_000_000 });
}

function findNpm(): Promise<string> {
  npmProgram ??= run('npm', ['root', '--global']).then(({ stdout }) => path.join(stdout.trim(), 'npm/bin/npm-cli.js'));
  return npmProgram;
}

async function attempt(what: string, check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    console.log(`ok    ${what}`);
    return true;
  } catch (error) {
    failures += 1;
    const { message, stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
    console.error(`FAIL  ${what}\n${`${message}\n${stdout}\n${stderr}`.trim().slice(0, 3_000)}`);
    return false;
  }
}
