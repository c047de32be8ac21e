import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { describeError, PowerVmError } from '../../base/errors.ts';

const NAME = 'in-use.sock';
/** How long one that took over waits before it looks whether another has taken over from it. */
const SETTLING = 50;
const ANSWER_TIMEOUT = 2_000;
/** The path of a socket has room for some hundred bytes only. */
const LONGEST_PATH = 100;

/**
 * Holds a directory for one process at a time. The lock is a UNIX socket that listens: it ends with its process,
 * however that ends, so that there is no stale lock. What is left of the socket of a dead process is taken over.
 */
export class DirectoryLock {
  readonly #server: net.Server;
  readonly #directoryHandle: FileHandle | undefined;

  private constructor(server: net.Server, directoryHandle: FileHandle | undefined) {
    this.#server = server;
    this.#directoryHandle = directoryHandle;
  }

  /**
   * @throws {PowerVmError} `POWERVM_STORAGE_IN_USE` while another process holds it, `POWERVM_STORAGE_UNUSABLE` where no
   *   socket can be made
   */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const isLong = Buffer.byteLength(path.join(directory, NAME)) > LONGEST_PATH;
    const handle = isLong ? await open(directory, 'r') : undefined;
    const socket = handle ? `/proc/self/fd/${handle.fd}/${NAME}` : path.join(directory, NAME);
    try {
      return new DirectoryLock(await listenAlone(socket, directory), handle);
    } catch (error) {
      await handle?.close();
      if (error instanceof PowerVmError) throw error;
      throw new PowerVmError('POWERVM_STORAGE_UNUSABLE', `cannot lock ${directory}: ${describeError(error)}`, {
        cause: error,
        context: { directory },
      });
    }
  }

  async release(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#directoryHandle?.close();
  }
}

async function listenAlone(socket: string, directory: string): Promise<net.Server> {
  const identity = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    const server = net.createServer((connection) => connection.on('error', () => undefined).end(identity));
    server.unref();
    try {
      server.listen(socket);
      await once(server, 'listening');
    } catch (error) {
      if (!isCode(error, 'EADDRINUSE') || attempt > 3) throw error;
      if ((await askIdentity(socket)) !== undefined) throw inUse(directory);
      await removeStale(socket);
      continue;
    }
    if (attempt === 1) return server;
    // Two may have found the same stale socket and removed each other's: only one of them is reached by the path.
    await new Promise((resolve) => setTimeout(resolve, SETTLING));
    if ((await askIdentity(socket)) === identity) return server;
    server.close();
    throw inUse(directory);
  }
}

/** Who listens there; undefined when nobody does. */
async function askIdentity(socket: string): Promise<string | undefined> {
  const connection = net.connect(socket);
  // One that is stopped, or hangs, holds the directory all the same.
  connection.setTimeout(ANSWER_TIMEOUT, () => connection.destroy());
  let answer = '';
  connection.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  try {
    await once(connection, 'close');
    return answer;
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED') || isCode(error, 'ENOENT')) return undefined;
    throw error;
  } finally {
    connection.destroy();
  }
}

/** By renaming first, so that of two who try only one succeeds. */
async function removeStale(socket: string): Promise<void> {
  const aside = path.join(path.dirname(socket), `stale-${randomUUID().slice(0, 8)}.sock`);
  try {
    await rename(socket, aside);
    await unlink(aside);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function inUse(directory: string): PowerVmError {
  return new PowerVmError('POWERVM_STORAGE_IN_USE', `${directory} is in use by another process`, {
    context: { directory },
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
