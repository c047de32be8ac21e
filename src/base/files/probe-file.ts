import { existsSync } from 'node:fs';
import { access, constants, mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

/**
 * The directory itself, or the nearest one above it: the one in which it would be made.
 */
export function nearestDirectory(directory: string): string {
  let nearest = path.resolve(directory);
  while (!existsSync(nearest) && nearest !== path.dirname(nearest)) nearest = path.dirname(nearest);
  return nearest;
}

/**
 * Makes an entry in a directory and removes it: permissions are not enough, for some file systems accept no new entry from
 * anyone.
 * @throws {Error} of the file system, when it accepts none
 */
export async function probeDirectory(directory: string): Promise<void> {
  await rmdir(await mkdtemp(path.join(directory, '.doctor-')));
}

/**
 * Whether lines can be appended to a file, which is not made here.
 * @returns whether it is there
 * @throws {Error} when it is a directory, cannot be written, cannot be made, or when the disk is full
 */
export async function probeFile(file: string, { makesDirectories = false } = {}): Promise<boolean> {
  const there = await stat(file).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : Promise.reject(error),
  );
  if (there?.isDirectory()) throw new Error('it is a directory');
  const directory = makesDirectories ? nearestDirectory(path.dirname(file)) : path.dirname(file);
  if (there) await access(file, constants.W_OK);
  else await probeDirectory(directory);
  if (there === undefined || there.isFile()) await probeRoom(directory);
  return there !== undefined;
}

/** A directory can be made, and a file be opened, on a disk that takes not one byte more. */
async function probeRoom(directory: string): Promise<void> {
  const { bavail } = await statfs(directory);
  if (bavail === 0) throw Object.assign(new Error('no block is free'), { code: 'ENOSPC' });
}
