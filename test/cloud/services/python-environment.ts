import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Programs of PyPI in releases that Debian does not have. */
export interface PythonEnvironment {
  readonly folder: string;
  readonly packages: string;
  /** @returns the path of a program in it */
  program(name: string): string;
}

/**
 * Makes an environment of packages of PyPI, once on a machine.
 * @param name of its folder; another one when the requirements change
 * @param python `python3` is the one of the path
 */
export async function pythonEnvironment(
  name: string,
  requirements: readonly string[],
  python = 'python3',
): Promise<PythonEnvironment> {
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'otel-powervm-test-peers');
  const folder = path.join(cache, name);
  if (!existsSync(path.join(folder, 'complete'))) {
    await mkdir(cache, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await run(python, ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements];
    await run(path.join(folder, 'bin/python'), pip, { maxBuffer: 64 * 1024 * 1024 });
    // What was broken off is installed anew.
    await mkdir(path.join(folder, 'complete'));
  }
  const [version = ''] = await readdir(path.join(folder, 'lib'));
  return {
    folder,
    packages: path.join(folder, 'lib', version, 'site-packages'),
    program: (program) => path.join(folder, 'bin', program),
  };
}
