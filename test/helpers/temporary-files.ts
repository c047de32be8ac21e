import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterThisTest } from './console.ts';

/** Files in a directory of their own that goes with the test. */
export async function temporaryFiles(
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly directory: string }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-'));
  afterThisTest(() => rm(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
  return { directory };
}
