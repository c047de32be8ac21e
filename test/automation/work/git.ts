import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Change } from '../change.ts';
import type { GitRemote } from '../review/review-system.ts';

const execute = promisify(execFile);
const TIMEOUT = 10 * 60_000;

/** The change does not go together with the tip of its branch. */
export class MergeConflict extends Error {
  override readonly name = 'MergeConflict';
}

/** No hooks, no programs that a repository names, no other transport, no submodules. */
const SAFE = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['protocol.allow', 'never'],
  ['protocol.http.allow', 'always'],
  ['protocol.https.allow', 'always'],
  ['protocol.file.allow', 'always'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['safe.directory', '*'],
  ['user.name', 'automation'],
  ['user.email', 'automation@localhost'],
] as const;

/** The git binary and not a library over it: here every setting must be ours, and the environment empty. */
async function git(directory: string, args: readonly string[], authorization?: string): Promise<string> {
  const settings =
    authorization === undefined ? SAFE : [...SAFE, ['http.extraHeader', `Authorization: ${authorization}`]];
  // In the environment and not among the arguments, which every process of the machine can read.
  const configuration = settings.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  const { stdout } = await execute('git', args, {
    cwd: directory,
    timeout: TIMEOUT,
    maxBuffer: 64 * 1024 ** 2,
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(configuration),
    },
  });
  return stdout;
}

export interface Checkout {
  /** The commit of the target branch that the change was merged onto. */
  readonly base: string;
  /** Files of the change that were put back to what the target branch says. */
  readonly restored: readonly string[];
}

/**
 * A fresh clone of the target branch with the change merged onto it, in an empty directory.
 * @throws {MergeConflict}
 */
export async function checkOut(
  change: Change,
  remote: GitRemote,
  mirrors: string,
  target: string,
  protectedPaths: readonly string[],
): Promise<Checkout> {
  const mirror = path.join(mirrors, `${encodeURIComponent(`${change.system}/${change.project}`)}.git`);
  await mkdir(mirror, { recursive: true, mode: 0o700 });
  await git(mirror, ['init', '--quiet', '--bare']);
  const refs = [`+refs/heads/${change.branch}:refs/automation/base`, `+${change.ref}:refs/automation/change`];
  await git(
    mirror,
    ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', remote.url, ...refs],
    remote.authorization,
  );
  await git(target, ['init', '--quiet', '.']);
  const here = ['+refs/automation/base:refs/heads/base', '+refs/automation/change:refs/heads/change'];
  await git(target, ['fetch', '--quiet', '--no-tags', mirror, ...here]);
  await git(target, ['checkout', '--quiet', '-B', 'work', 'refs/heads/base']);
  const base = (await git(target, ['rev-parse', 'HEAD'])).trim();
  try {
    await git(target, ['merge', '--quiet', '--no-ff', '--no-edit', change.revision]);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 1) throw new MergeConflict(`it does not merge onto ${base.slice(0, 12)} of ${change.branch}`);
    throw error;
  }
  const changed = await git(target, ['diff', '--name-only', '-z', base, 'HEAD', '--', ...protectedPaths]);
  const restored = changed.split('\0').filter((name) => name !== '');
  if (restored.length > 0) {
    await git(target, ['rm', '-r', '-q', '-f', '--ignore-unmatch', '--', ...protectedPaths]);
    for (const place of protectedPaths)
      await git(target, ['checkout', '--quiet', base, '--', place]).catch(() => undefined);
  }
  await chmod(target, 0o755);
  return { base, restored };
}
