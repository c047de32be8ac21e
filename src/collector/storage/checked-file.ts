import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { makeDirectories } from '../../base/files/make-directories.ts';

const FORMAT = 'otel-powervm-storage';
const VERSION = 1;

/** A map of plain data in a file, as it was found. */
export interface FoundValues {
  readonly values: ReadonlyMap<string, unknown>;
  /** What was the matter, when the newest file could not be used. */
  readonly damage: string | undefined;
}

/**
 * Keeps a map of plain data in a file that is whole at any time: a new version is written beside it, brought to the
 * disk and put in its place in one step. The version before is kept, and read when the newest is torn all the same.
 */
export class CheckedFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * What is torn, damaged, of another program or of another version is reported as `damage`, and renamed to
   * `.unusable`, so that it is not lost when the next version is written.
   * @throws {PowerVmError} `POWERVM_STORAGE_UNUSABLE` for one that may not be read
   */
  async read(): Promise<FoundValues> {
    const problems: string[] = [];
    for (const file of [this.#file, this.#previous]) {
      const text = await this.#readText(file);
      if (text === undefined) continue;
      const content = typeof text === 'string' ? parse(text) : text.problem;
      if (typeof content !== 'string') return { values: content, damage: problems[0] };
      problems.push(`${file}: ${content}`);
      await this.#quarantine(file);
    }
    return { values: new Map(), damage: problems[0] };
  }

  /** The newest of those that could not be used; one that cannot be moved stays where it is. */
  async #quarantine(file: string): Promise<void> {
    if (file !== this.#file) return;
    const quarantined = `${this.#file}.unusable`;
    await rm(quarantined, { force: true, recursive: true }).catch(() => undefined);
    await rename(file, quarantined).catch(() => undefined);
  }

  /** Rejects when the disk is full, for example; what was there before is then still there. */
  async write(values: ReadonlyMap<string, unknown>): Promise<void> {
    const content = JSON.stringify(Object.fromEntries(values));
    const head = JSON.stringify({ format: FORMAT, version: VERSION, sha256: checksum(content) });
    const next = `${this.#file}.next`;
    await makeDirectories(path.dirname(this.#file));
    // Never through a link that someone put there, nor into a pipe: opening one without a reader would wait forever.
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      if (!(await handle.stat()).isFile()) throw new Error(`${next} is not a file`);
      await handle.writeFile(`${head}\n${content}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.#savePrevious();
    await rename(next, this.#file);
    await syncDirectory(path.dirname(this.#file));
  }

  get #previous(): string {
    return `${this.#file}.previous`;
  }

  async #savePrevious(): Promise<void> {
    await rm(this.#previous, { force: true, recursive: true });
    await link(this.#file, this.#previous).catch(() => undefined);
  }

  /** @returns the text; undefined when there is no file; what is wrong when it is none */
  async #readText(file: string): Promise<string | { readonly problem: string } | undefined> {
    try {
      // Does not wait for a pipe without a writer.
      const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        return (await handle.stat()).isFile() ? await handle.readFile('utf8') : { problem: 'it is not a file' };
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw this.#unusable(`cannot read ${file}: ${describeError(error)}`, error);
    }
  }

  #unusable(message: string, cause?: unknown): PowerVmError {
    return new PowerVmError('POWERVM_STORAGE_UNUSABLE', message, { cause, context: { file: this.#file } });
  }
}

/** @returns the values, or what is wrong with the text */
function parse(text: string): ReadonlyMap<string, unknown> | string {
  const [head = '', content = ''] = text.split('\n', 2);
  try {
    const { format, version, sha256 } = JSON.parse(head);
    if (format !== FORMAT) return 'it is not a file of ours';
    if (typeof version === 'number' && version > VERSION)
      return `it was written by a newer release (version ${version})`;
    if (version !== VERSION) return 'it is damaged: there is no such version';
    if (sha256 !== checksum(content)) return 'it is torn';
    return new Map(Object.entries(JSON.parse(content)));
  } catch {
    return 'it is torn';
  }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
