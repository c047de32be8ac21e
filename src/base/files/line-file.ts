import { constants, open as openDescriptor } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const LINE_END = 0x0a;
const READ_CHUNK_BYTES = 64 * 1024;
/** Without waiting for the other end of a pipe, which would occupy a thread, and keep the process from ending. */
const APPENDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const MODE = 0o666;
/** Milliseconds that the reader of a pipe may stand still. */
const PIPE_TIMEOUT = 10_000;

/**
 * A file of lines that only grows, by whole lines: what cannot be written as a whole, since the disk is full for
 * example, is taken back, so that the caller can write it again without a torn line and without writing anything twice.
 * Half a line that a crash left is taken back before the next one is written. One writer at a time.
 */
export class LineFile {
  readonly #path: string;
  /** Where the file ended before a write that could be neither finished nor taken back. */
  #completeUntil: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param lines each with its line end
   * @throws what the file system throws; the file is then as it was before. A pipe that no one reads is an error as
   * well.
   */
  async append(lines: string | Uint8Array): Promise<void> {
    if (await isPipe(this.#path)) return appendToPipe(this.#path, lines);
    const file = await open(this.#path, APPENDING, MODE);
    try {
      const end = await this.#completeEnd(file);
      try {
        await file.appendFile(lines);
      } catch (error) {
        if (end !== undefined) await this.#rollBack(file, end);
        throw error;
      }
    } finally {
      await file.close();
    }
  }

  /** To be called when another file has been put in the place of this one, or none. */
  replaced(): void {
    this.#completeUntil = undefined;
  }

  /** Takes back what is behind the last whole line; `undefined` for devices and pipes, which have no past. */
  async #completeEnd(file: FileHandle): Promise<number | undefined> {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const size = Math.min(stat.size, this.#completeUntil ?? stat.size);
    const end = size === 0 ? 0 : await this.#endOfLastLine(size);
    if (end < stat.size) await file.truncate(end);
    this.#completeUntil = undefined;
    return end;
  }

  /** What cannot be taken back now is taken back before the next write. */
  async #rollBack(file: FileHandle, end: number): Promise<void> {
    this.#completeUntil = end;
    await file.truncate(end).then(
      () => {
        this.#completeUntil = undefined;
      },
      () => undefined,
    );
  }

  /** A second descriptor: one that can read and write would make this the reader of its own pipe. */
  async #endOfLastLine(size: number): Promise<number> {
    const file = await open(this.#path, 'r');
    try {
      return await endOfLastLine(file, size);
    } finally {
      await file.close();
    }
  }
}

async function isPipe(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  );
}

/** Whoever reads it may take its time, and may stop reading. */
async function appendToPipe(path: string, lines: string | Uint8Array): Promise<void> {
  const descriptor = await promisify(openDescriptor)(path, APPENDING, MODE).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENXIO' ? new Error('nobody reads the pipe', { cause: error }) : error;
  });
  const { Socket } = process.getBuiltinModule('node:net');
  const pipe = new Socket({ fd: descriptor, readable: false, writable: true });
  await new Promise<void>((resolve, reject) => {
    pipe.once('error', reject);
    pipe.once('close', () => resolve());
    pipe.setTimeout(PIPE_TIMEOUT, () => pipe.destroy(new Error('the reader of the pipe stands still')));
    pipe.end(lines);
  });
}

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(Math.min(size, READ_CHUNK_BYTES));
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    if (bytesRead === 0) return size;
    const lineEnd = buffer.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (lineEnd >= 0) return start + lineEnd + 1;
    end = start;
  }
  return 0;
}
