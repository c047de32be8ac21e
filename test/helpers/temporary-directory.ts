import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterThisTest } from './console.ts';

/** A directory that goes away with the present test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-'));
  afterThisTest(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
