import { statSync } from 'node:fs';

const READABLE_BY_OTHERS = 0o004;

/** Why a file with a secret in it is none, in words; undefined when only its owner and group read it, or it is not there. */
export function exposureOf(file: string): string | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & READABLE_BY_OTHERS) === 0) return undefined;
  return `every user of this machine can read it (mode ${(mode & 0o777).toString(8)}): chmod o-rwx ${file}`;
}
