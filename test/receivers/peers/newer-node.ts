import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { nodeVersions } from '../../hosts/hosts.ts';

/** A Node that has zstd, from the package of npm that brings its binary; installed once on a machine. */
export async function newerNode(): Promise<string> {
  const version = nodeVersions['24'];
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'otel-powervm-test-peers', `node-${version}`);
  const name = `node-${process.platform}-${process.arch}`;
  const executable = path.join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(executable)) return executable;
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `${name}@${version}`]);
  return executable;
}
