import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * `mkdir -p`, as a rule for this user alone; others may do the same at the same time. Node's own `recursive` never ends where a
 * file system reports a parent as present and then denies it for the child, as /proc does: here each is tried at most
 * twice.
 */
export async function makeDirectories(directory: string, mode = 0o700): Promise<void> {
  const parent = path.dirname(directory);
  if (await makeOne(directory, mode, parent !== directory)) return;
  await makeDirectories(parent, mode);
  await makeOne(directory, mode, false);
}

/** @returns whether it is there now; false when its parent is missing, and that `mayMiss` */
async function makeOne(directory: string, mode: number, mayMiss: boolean): Promise<boolean> {
  try {
    await mkdir(directory, { mode });
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT' && mayMiss) return false;
    throw error;
  }
}
