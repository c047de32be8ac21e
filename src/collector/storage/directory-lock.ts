import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';

const NAME = 'in-use.sock';
/** How long one that took over waits before it looks whether another has taken over from it. */
const LOCK_SETTLE_MS = 50;
/** Each sees another one come and go. */
const MAX_ATTEMPTS = 5;
const ANSWER_TIMEOUT = 2_000;
/** The path of a socket has room for some hundred bytes only. */
const MAX_PATH_LENGTH = 100;

/**
 * Holds a directory for one process at a time. The lock is a UNIX socket that listens: it ends with its process,
 * however that ends, so that there is no stale lock. What is left of the socket of a dead process is taken over.
 */
export class DirectoryLock {
  readonly #held: HeldSocket;
  readonly #directoryHandle: FileHandle | undefined;

  private constructor(held: HeldSocket, directoryHandle: FileHandle | undefined) {
    this.#held = held;
    this.#directoryHandle = directoryHandle;
  }

  /**
   * @throws {PowerVmError} `POWERVM_STORAGE_IN_USE` while another process holds it, `POWERVM_STORAGE_UNUSABLE` where no
   *   socket can be made
   */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const { reached, handle } = await shortPath(directory);
    try {
      return new DirectoryLock(await listenAlone(reached, directory), handle);
    } catch (error) {
      await handle?.close();
      if (error instanceof PowerVmError) throw error;
      throw new PowerVmError('POWERVM_STORAGE_UNUSABLE', `cannot lock ${directory}: ${describeError(error)}`, {
        cause: error,
        context: { directory },
      });
    }
  }

  /** Whether some process holds it now. Changes nothing. */
  static async isHeld(directory: string): Promise<boolean> {
    const { reached, handle } = await shortPath(directory);
    try {
      return (await readIdentity(path.join(reached, NAME))) !== undefined;
    } finally {
      await handle?.close();
    }
  }

  async release(): Promise<void> {
    await removeIfThere(this.#held.socket);
    await closed(this.#held.server);
    await this.#directoryHandle?.close();
  }
}

/** A path to a directory on which a socket in it can listen, and what it is open by. */
async function shortPath(
  directory: string,
): Promise<{ readonly reached: string; readonly handle: FileHandle | undefined }> {
  const isLong = Buffer.byteLength(path.join(directory, ownName(randomUUID()))) > MAX_PATH_LENGTH;
  if (!isLong) return { reached: directory, handle: undefined };
  const handle = await open(directory, 'r');
  return { reached: `/proc/self/fd/${handle.fd}`, handle };
}

interface HeldSocket {
  readonly server: net.Server;
  readonly socket: string;
}

/**
 * Listens under a unique name and links it to the name of the lock: only one of many can.
 * (Node removes the name that it listened under when a server is closed, whoever has it by then.)
 * @param reached the directory by a path that has room for the name of a socket
 * @param directory for messages
 */
async function listenAlone(reached: string, directory: string): Promise<HeldSocket> {
  const socket = path.join(reached, NAME);
  const identity = randomUUID();
  const own = path.join(reached, ownName(identity));
  const server = net.createServer((connection) => connection.on('error', () => undefined).end(identity));
  server.unref();
  server.listen(own);
  await once(server, 'listening');
  try {
    if (!(await linkAlone(own, socket, identity))) throw inUse(directory);
    await removeIfThere(own);
    return { server, socket };
  } catch (error) {
    await closed(server);
    throw error;
  }
}

/** @returns false when another process holds it */
async function linkAlone(own: string, socket: string, identity: string): Promise<boolean> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const found = await linked(own, socket);
    if (found === undefined) {
      if (attempt === 1) return true;
      // Another may have found the same dead one, and have removed ours in its place.
      await new Promise((resolve) => setTimeout(resolve, LOCK_SETTLE_MS));
      return (await readIdentity(socket)) === identity;
    }
    if ((await readIdentity(socket)) !== undefined) return false;
    await removeStale(socket, found);
  }
  return false;
}

/** @returns undefined when it is done; otherwise the inode of what has the name, 0 when that has just gone */
async function linked(own: string, socket: string): Promise<number | undefined> {
  try {
    await link(own, socket);
    return undefined;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return (await inodeOf(socket)) ?? 0;
  }
}

/** Who listens there; undefined when no one does. */
async function readIdentity(socket: string): Promise<string | undefined> {
  const connection = net.connect(socket);
  // One that is stopped, or hangs, holds the directory all the same.
  connection.setTimeout(ANSWER_TIMEOUT, () => connection.destroy());
  let response = '';
  connection.setEncoding('utf8').on('data', (text) => {
    response += text;
  });
  try {
    await once(connection, 'close');
    return response;
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED') || isCode(error, 'ENOENT') || isCode(error, 'ECONNRESET')) return undefined;
    throw error;
  } finally {
    connection.destroy();
  }
}

/** By renaming first, so that of two who try only one succeeds. What is not the dead one that was found is put back. */
async function removeStale(socket: string, inode: number): Promise<void> {
  const quarantined = path.join(path.dirname(socket), `stale-${randomUUID().slice(0, 8)}.sock`);
  try {
    await rename(socket, quarantined);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if ((await inodeOf(quarantined)) !== inode) await link(quarantined, socket).catch(() => undefined);
  await removeIfThere(quarantined);
}

async function inodeOf(file: string): Promise<number | undefined> {
  try {
    return (await lstat(file)).ino;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function removeIfThere(file: string): Promise<void> {
  await unlink(file).catch((error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
  });
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function ownName(identity: string): string {
  return `in-use-${identity.slice(0, 8)}.sock`;
}

function inUse(directory: string): PowerVmError {
  return new PowerVmError('POWERVM_STORAGE_IN_USE', `${directory} is in use by another process`, {
    context: { directory },
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
