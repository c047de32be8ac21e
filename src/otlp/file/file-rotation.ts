import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../base/clock/clock.ts';

export interface FileRotationOptions {
  /** The file is quarantined before it would grow beyond so many bytes; 0: never. */
  readonly maxBytes: number;
  /** Most files that are kept beside it; 0: any number. */
  readonly maxBackups: number;
  /** Milliseconds after which a file that was quarantined goes; 0: never. */
  readonly maxAge: number;
  /** Whether files that were quarantined are compressed. */
  readonly compress: boolean;
}

const STAMP_LENGTH = '2026-03-04T12-00-00.000'.length;
const DAY_AND_TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/;

/**
 * Puts a file aside when it is full: `metrics.json` becomes `metrics-2026-03-04T12-00-00.000.json`, with the time in
 * UTC, as the Collector's file exporter names its backups; compressed, `.gz` follows. Sorted by name they are in the
 * order in which they were written, before the file itself.
 */
export class FileRotation {
  readonly #path: string;
  readonly #options: FileRotationOptions;
  readonly #clock: Clock;

  constructor(file: string, options: FileRotationOptions, clock: Clock) {
    this.#path = file;
    this.#options = options;
    this.#clock = clock;
  }

  /** @returns the file that was quarantined to make room, if one was */
  async makeRoomFor(bytes: number): Promise<string | undefined> {
    if (this.#options.maxBytes === 0) return undefined;
    const size = await stat(this.#path).then(
      (file) => (file.isFile() ? file.size : 0),
      () => 0,
    );
    if (size === 0 || size + bytes <= this.#options.maxBytes) return undefined;
    const backup = await this.#freeName();
    await rename(this.#path, backup);
    return backup;
  }

  /**
   * Compresses what was quarantined, also what a crash kept from it, and removes what is too old or too much.
   * @throws what the file system throws; nothing is lost by it
   */
  async tidyUp(): Promise<void> {
    if (this.#options.compress) {
      for (const backup of await this.#backups()) if (!backup.endsWith('.gz')) await compress(backup);
    }
    const backups = await this.#backups();
    const { maxBackups, maxAge } = this.#options;
    const surplus = maxBackups === 0 ? [] : backups.slice(0, -maxBackups);
    const oldest = maxAge === 0 ? '' : this.#nameAt(this.#clock.now() - maxAge);
    for (const backup of backups) {
      if (surplus.includes(backup) || backup < oldest) await rm(backup, { force: true });
    }
  }

  /** Those that were quarantined, the oldest first. */
  async #backups(): Promise<readonly string[]> {
    const { dir, name, ext } = path.parse(this.#path);
    const names = await readdir(dir === '' ? '.' : dir);
    return names
      .filter((file) => {
        const rest = file.startsWith(`${name}-`) ? file.slice(name.length + 1).replace(/\.gz$/, '') : '';
        return rest.endsWith(ext) && DAY_AND_TIME.test(rest.slice(0, rest.length - ext.length));
      })
      .sort()
      .map((file) => path.join(dir, file));
  }

  /** A name behind all that are there, so that the order of names stays that of the lines, whatever the clock says. */
  async #freeName(): Promise<string> {
    const newest = (await this.#backups()).at(-1)?.replace(/\.gz$/, '');
    const name = this.#nameAt(this.#clock.now());
    return newest === undefined || name > newest ? name : this.#nameAt(this.#timeOf(newest) + 1);
  }

  #nameAt(time: number): string {
    const { dir, name, ext } = path.parse(this.#path);
    const stamp = new Date(time).toISOString().replaceAll(':', '-').slice(0, -1);
    return path.join(dir, `${name}-${stamp}${ext}`);
  }

  #timeOf(backup: string): number {
    const { name } = path.parse(this.#path);
    const [day, time = ''] = path
      .basename(backup)
      .slice(name.length + 1, name.length + 1 + STAMP_LENGTH)
      .split('T');
    return Date.parse(`${day}T${time.replaceAll('-', ':')}Z`);
  }
}

/** Under another name until it is whole, so that a crash leaves the original and nothing that looks like a backup. */
async function compress(file: string): Promise<void> {
  const unfinished = `${file}.gz.unfinished`;
  try {
    await pipeline(createReadStream(file), createGzip(), createWriteStream(unfinished));
    await rename(unfinished, `${file}.gz`);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await rm(file);
}
