import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { SandboxConfiguration } from '../configuration.ts';
import { ResourceGroup } from './resource-group.ts';
import type { Workspace } from './workspace.ts';

export interface SandboxTask {
  /** A line for `sh -c`. */
  readonly command: string;
  /** The only places that can be written to, besides small ones in memory (`/home`, `/run`). */
  readonly workspace: Pick<Workspace, 'directory' | 'temporary'>;
  /** A UNIX socket of a proxy to what may be reached; `undefined`: nothing may. */
  readonly proxySocket: string | undefined;
  readonly timeLimit: number;
  /** Tells the sandboxes of this machine apart. */
  readonly slot: number;
  readonly runId: string;
  readonly onOutput: (text: string) => void;
  readonly onStarted?: () => void;
  readonly signal: AbortSignal;
}

export type SandboxEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'limit'; readonly detail: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'broken'; readonly detail: string };

const LINKS = ['bin', 'sbin', 'lib', 'lib32', 'lib64'];
/** What certificates, dynamic linking and programs of Debian need in order to start; nothing of the machine's own. */
const SYSTEM_FILES = [
  '/etc/ld.so.cache',
  '/etc/alternatives',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
  '/etc/ca-certificates',
  '/etc/chromium.d',
  '/etc/fonts',
  '/etc/java-17-openjdk',
];
const FORWARDER = path.join(import.meta.dirname, 'forwarder.mjs');
const HOME_BYTES = 256 * 1024 ** 2;
const RUN_BYTES = 16 * 1024 ** 2;
const SIGNAL_BASE = 128;
const LAST_SIGNAL = 64;
const STATUS_FD = 3;
const FIRST_TEXT_FD = 4;

/**
 * Runs a line of a stranger in namespaces of its own (user, PID, mount, network, IPC, UTS, cgroup): a read-only /usr, an
 * empty environment, a loopback of its own, an unprivileged user, and limits. When it ends, or is ended, the kernel ends
 * everything that it had started, since its first process is the init of its PID namespace.
 */
export async function runInSandbox(task: SandboxTask, settings: SandboxConfiguration): Promise<SandboxEnd> {
  const group = ResourceGroup.create(`${task.runId}-${task.slot}`, {
    memory: settings.memory_mib,
    processes: settings.processes,
    cpus: settings.cpus,
  });
  try {
    return await execute(task, settings, group);
  } finally {
    await group.remove();
  }
}

function execute(task: SandboxTask, settings: SandboxConfiguration, group: ResourceGroup): Promise<SandboxEnd> {
  const systemTexts = systemTextsOf(userOf(task, settings));
  const join = group.joinFiles.map((file) => `echo 0 > ${file};`).join(' ');
  const script = `${join} exec "$@"`;
  const child = spawn(
    'sh',
    [
      '-c',
      script,
      'sh',
      ...limitArguments(task, settings, group.isEnforced),
      'bwrap',
      ...bwrapArguments(task, settings, systemTexts),
    ],
    {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...systemTexts.map(() => 'pipe' as const)],
    },
  );
  for (const [index, { text }] of systemTexts.entries()) giveText(child.stdio[FIRST_TEXT_FD + index], text);
  task.onStarted?.();
  return new Promise((resolve) => {
    let end: SandboxEnd | undefined;
    const stop = (reason: SandboxEnd) => {
      end ??= reason;
      child.kill('SIGKILL');
    };
    const cancel = () => stop({ kind: 'cancelled' });
    const tooLate = () => stop({ kind: 'limit', detail: `took longer than ${Math.round(task.timeLimit / 1000)} s` });
    const timer = setTimeout(tooLate, task.timeLimit);
    task.signal.addEventListener('abort', cancel, { once: true });
    if (task.signal.aborted) cancel();
    // bwrap tells how the line ended on a channel of its own: its own failures have exit codes, too.
    let output = '';
    child.stdio[STATUS_FD]?.on('data', (bytes: Buffer) => {
      output += bytes;
    });
    for (const stream of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder('utf8');
      stream?.on('data', (bytes: Buffer) => task.onOutput(decoder.write(bytes)));
    }
    child.once('error', (error) => {
      end ??= { kind: 'broken', detail: error.message };
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      task.signal.removeEventListener('abort', cancel);
      if (group.ranOutOfMemory)
        end ??= { kind: 'limit', detail: `needed more than ${settings.memory_mib / 1024 ** 2} MiB of memory` };
      if (group.ranOutOfProcesses)
        end ??= { kind: 'limit', detail: `wanted more than ${settings.processes} processes` };
      const exit = /"exit-code": *(\d+)/.exec(output)?.[1];
      if (exit === undefined) end ??= { kind: 'broken', detail: `could not be run (${signal ?? code})` };
      const ending = Number(exit);
      if (ending > SIGNAL_BASE && ending <= SIGNAL_BASE + LAST_SIGNAL)
        end ??= { kind: 'limit', detail: `was ended by signal ${ending - SIGNAL_BASE}` };
      resolve(end ?? { kind: 'exit', code: ending });
    });
  });
}

interface SystemText {
  readonly place: string;
  readonly text: string;
}

/** Programs ask who they are and where localhost is. Nothing of the machine's own stands there. */
function systemTextsOf(uid: number): readonly SystemText[] {
  return [
    { place: '/etc/passwd', text: `sandbox:x:${uid}:${uid}:sandbox:/home:/bin/sh\n` },
    { place: '/etc/group', text: `sandbox:x:${uid}:\n` },
    { place: '/etc/hosts', text: '127.0.0.1 localhost sandbox\n::1 localhost\n' },
  ];
}

function userOf({ slot }: SandboxTask, { first_uid: first }: SandboxConfiguration): number {
  const own = process.getuid?.() ?? 0;
  return own === 0 ? first + slot : own;
}

function giveText(pipe: ReturnType<typeof spawn>['stdio'][number] | undefined, text: string): void {
  if (!(pipe instanceof Writable)) return;
  // A sandbox that does not start reads nothing; how it ended is reported elsewhere.
  pipe.on('error', () => undefined);
  pipe.end(text);
}

/** For each process of its own, which holds also where there is no control group. */
function limitArguments(
  { slot }: SandboxTask,
  { disk_mib: disk, processes, first_uid: first }: SandboxConfiguration,
  isCounted: boolean,
): string[] {
  const limits = [
    'prlimit',
    `--fsize=${disk}`,
    '--core=0',
    `--nproc=${isCounted ? processes * 2 : processes}`,
    '--nofile=4096',
  ];
  if (process.getuid?.() !== 0) return limits;
  const uid = first + slot;
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    ...limits,
  ];
}

function bwrapArguments(
  task: SandboxTask,
  { environment, read_only: extra }: SandboxConfiguration,
  systemTexts: readonly SystemText[],
): string[] {
  const arguments_ = [
    '--unshare-all',
    '--unshare-user',
    '--disable-userns',
    '--new-session',
    '--die-with-parent',
    '--clearenv',
  ];
  arguments_.push('--hostname', 'sandbox', '--json-status-fd', String(STATUS_FD), '--ro-bind', '/usr', '/usr');
  for (const name of LINKS) if (existsSync(`/usr/${name}`)) arguments_.push('--symlink', `usr/${name}`, `/${name}`);
  for (const file of SYSTEM_FILES) arguments_.push('--ro-bind-try', file, file);
  for (const [index, { place }] of systemTexts.entries())
    arguments_.push('--ro-bind-data', String(FIRST_TEXT_FD + index), place);
  for (const place of extra) arguments_.push('--ro-bind', place, place);
  arguments_.push('--proc', '/proc', '--dev', '/dev');
  arguments_.push('--size', String(HOME_BYTES), '--tmpfs', '/home', '--size', String(RUN_BYTES), '--tmpfs', '/run');
  const { directory, temporary } = task.workspace;
  arguments_.push('--bind', directory, '/work', '--bind', temporary, '/tmp', '--chdir', '/work');
  const variables = {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: '/home',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    CI: 'true',
  };
  const all = { ...variables, ...environment };
  if (task.proxySocket === undefined) return [...arguments_, ...variableArguments(all), 'sh', '-c', task.command];
  arguments_.push('--ro-bind', task.proxySocket, '/proxy.sock', '--ro-bind', FORWARDER, '/forwarder.mjs');
  const proxy = 'http://127.0.0.1:3128';
  const names = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];
  const proxies = Object.fromEntries(names.map((name) => [name, proxy]));
  return [...arguments_, ...variableArguments({ ...all, ...proxies }), 'node', '/forwarder.mjs', task.command];
}

function variableArguments(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]);
}
