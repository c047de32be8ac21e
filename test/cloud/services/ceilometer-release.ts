import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Ceilometer whose notification agent can be started. */
export interface CeilometerRelease {
  /** Also the folder of its configuration and output. */
  readonly name: string;
  readonly executable: string;
  readonly pipeline: string;
}

export const debianRelease: CeilometerRelease = {
  name: 'ceilometer',
  executable: 'ceilometer-agent-notification',
  pipeline: '/usr/lib/python3/dist-packages/ceilometer/pipeline/data/pipeline.yaml',
};

/** The newest two releases of November 2026: those of OpenStack 2026.2 and 2026.1. */
export const newestReleases = ['27.0.0', '26.0.0'] as const;

/** Installs a release from PyPI into an environment of its own, once on a machine. */
export async function ceilometerRelease(version: string): Promise<CeilometerRelease> {
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'otel-powervm-test-peers');
  const folder = path.join(cache, `ceilometer-${version}`);
  if (!existsSync(path.join(folder, 'complete'))) {
    await mkdir(cache, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ceilometer==${version}`];
    await run(path.join(folder, 'bin/python'), pip, { maxBuffer: 64 * 1024 * 1024 });
    // What was broken off is installed anew.
    await mkdir(path.join(folder, 'complete'));
  }
  const [python = ''] = await readdir(path.join(folder, 'lib'));
  return {
    name: `ceilometer-${version}`,
    executable: path.join(folder, 'bin/ceilometer-agent-notification'),
    pipeline: path.join(folder, 'lib', python, 'site-packages/ceilometer/pipeline/data/pipeline.yaml'),
  };
}
