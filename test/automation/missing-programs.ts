import { spawnSync } from 'node:child_process';

const PROGRAMS = ['git', 'java', 'javac', 'mvn', 'ssh-keygen', 'bwrap', 'setpriv', 'prlimit'];

/** What the tests of the automation server need and this machine lacks; empty when they can run. */
export function missingPrograms(): string {
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (process.getuid?.() !== 0) missing.push('root');
  return missing.join(', ');
}
