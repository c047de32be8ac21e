import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { SandboxConfiguration } from '../configuration.ts';

const execute = promisify(execFile);

/**
 * Where one run works: a memory file system of a fixed size, so that no change fills the disk of the machine. That needs
 * root; elsewhere it is a directory, the size of a file is limited, and the server should have a file system of its own.
 */
export class Workspace {
  /** Where the change is checked out. */
  readonly directory: string;
  /** What is `/tmp` to it: of the same size together. */
  readonly temporary: string;
  readonly #root: string;
  readonly #isMounted: boolean;

  private constructor(root: string, isMounted: boolean) {
    this.#root = root;
    this.directory = path.join(root, 'work');
    this.temporary = path.join(root, 'tmp');
    this.#isMounted = isMounted;
  }

  static async create(root: string, { disk_mib: disk }: SandboxConfiguration): Promise<Workspace> {
    await mkdir(root, { recursive: true, mode: 0o711 });
    const isMounted = process.getuid?.() === 0;
    if (isMounted)
      await execute('mount', ['-t', 'tmpfs', '-o', `size=${disk},nosuid,nodev,mode=755`, 'automation', root]);
    const workspace = new Workspace(root, isMounted);
    for (const directory of [workspace.directory, workspace.temporary]) await mkdir(directory, { mode: 0o755 });
    return workspace;
  }

  /** Hands the files to the user of the sandbox; links are changed themselves and not what they point to. */
  async giveTo(uid: number): Promise<void> {
    if (process.getuid?.() === 0) await execute('chown', ['-R', '-h', `${uid}:${uid}`, this.directory, this.temporary]);
  }

  async remove(): Promise<void> {
    if (this.#isMounted) await execute('umount', ['--lazy', this.#root]);
    await rm(this.#root, { recursive: true, force: true });
  }

  /** What a server that was killed left behind. */
  static async removeLeftovers(parent: string): Promise<void> {
    await mkdir(parent, { recursive: true, mode: 0o711 });
    const mounted = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '');
    for (const place of mounted.filter((other) => other.startsWith(`${parent}/`)))
      await execute('umount', ['--lazy', place]);
    for (const name of await readdir(parent)) await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** The file at `relative`, if it is one and no part of its path is a link: a change decides what lies there. */
export async function plainFile(root: string, relative: string): Promise<string | undefined> {
  let place = root;
  const parts = relative.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || parts.length === 0) return undefined;
  for (const [index, part] of parts.entries()) {
    place = path.join(place, part);
    const found = await lstat(place).catch(() => undefined);
    const isWanted = index === parts.length - 1 ? found?.isFile() : found?.isDirectory();
    if (!isWanted) return undefined;
  }
  return place;
}
