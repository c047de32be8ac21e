import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../base/errors/errors.ts';
import { makeDirectories } from '../../base/files/make-directories.ts';
import { fileProblem } from '../../base/files/read-text-file.ts';
import { parseJson } from '../../base/text/json.ts';
import { printableJson } from '../../base/text/printable.ts';

const flag = z.boolean().optional();

const schema = z.strictObject({
  version: z.literal(1),
  switched: z.array(
    z.strictObject({
      console: z.string(),
      system: z.strictObject({ id: z.string(), name: z.string() }),
      switched_at: z.iso.datetime(),
      before: z.strictObject({
        long_term_monitor: flag,
        compute_ltm: flag,
        aggregation: flag,
        short_term_monitor: flag,
        energy: flag,
      }),
    }),
  ),
});

/** A system whose monitoring was switched on by us, and how it was set before. */
export type SwitchedSystem = z.output<typeof schema>['switched'][number];

/** `$XDG_STATE_HOME/otel-powervm/enable-pcm-undo.json`, as the XDG base directories want it. */
export function defaultUndoFile({ XDG_STATE_HOME: state, HOME: home }: NodeJS.ProcessEnv): string {
  return path.join(state || path.join(home || os.homedir(), '.local/state'), 'otel-powervm', 'enable-pcm-undo.json');
}

/**
 * What calls with `--yes` did and none with `--undo` took back. A file that is not there says: nothing.
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`, `POWERVM_CONFIG_INVALID`
 */
export async function readUndoFile(file: string): Promise<readonly SwitchedSystem[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new ConfigurationError('POWERVM_CONFIG_UNREADABLE', `cannot read ${file}: ${fileProblem(error)}`);
  }
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data.switched;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} is not an undo file of enable-pcm`);
}

/** Written beside it and renamed, so that it is never half a file; for its owner alone. Without systems it goes. */
export async function writeUndoFile(file: string, switched: readonly SwitchedSystem[]): Promise<void> {
  if (switched.length === 0) return rm(file, { force: true });
  try {
    await makeDirectories(path.dirname(file));
    await writeFile(`${file}.new`, printableJson(`${JSON.stringify({ version: 1, switched }, null, 2)}\n`), {
      mode: 0o600,
    });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw new ConfigurationError('POWERVM_FILE_UNWRITABLE', `cannot write ${file}: ${fileProblem(error)}`);
  }
}
