import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError } from '../base/errors.ts';
import { fullText, required } from '../base/option-rules.ts';
import { Secret } from '../base/secret.ts';
import type { RememberedSession, SessionMemory } from './session-memory.ts';

const FORMAT = 1;
/** One block of a file system: written in place, so that a full disk does not keep a session from being remembered. */
const FILE_SIZE = 4_096;

/**
 * Remembers in a directory, one file for each console, readable for this user only. The files keep their size and are
 * written in place and synchronised: that works on a full disk too, and a torn file costs one session at most.
 */
export class FileSessionMemory implements SessionMemory {
  readonly #directory: string;

  /** @param directory made when it is not there; nobody else must be able to write into it */
  constructor(directory: string) {
    const problem = required(fullText)(directory);
    if (problem !== undefined) {
      throw new ConfigurationError('POWERVM_CONFIG_INVALID', `FileSessionMemory: directory ${problem}`);
    }
    this.#directory = directory;
  }

  async recall(console: string): Promise<RememberedSession | undefined> {
    return this.#withFile(console, async (file) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_SIZE), 0, FILE_SIZE, 0);
      // Takes the block now, so that it is there when the disk is full.
      if (bytesRead < FILE_SIZE) await write(file, '');
      return readRecord(buffer.toString('utf8', 0, bytesRead), console);
    });
  }

  async remember(console: string, { token, username, type }: RememberedSession): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, console, username, type, token: token.reveal() });
    await this.#withFile(console, (file) => write(file, text));
  }

  async forget(console: string): Promise<void> {
    await this.#withFile(console, (file) => write(file, ''));
  }

  async #withFile<Result>(console: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const name = `session-${createHash('sha256').update(console).digest('hex').slice(0, 16)}.json`;
    // Never through a link: somebody else might have put it there.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = await open(path.join(this.#directory, name), flags, 0o600);
    try {
      // An operator may have copied or restored it.
      await file.chmod(0o600);
      return await work(file);
    } finally {
      await file.close();
    }
  }
}

async function write(file: FileHandle, text: string): Promise<void> {
  const block = Buffer.alloc(FILE_SIZE, ' ');
  if (Buffer.byteLength(text) >= FILE_SIZE) throw new Error(`a session of more than ${FILE_SIZE} bytes`);
  block.write(text);
  block.write('\n', FILE_SIZE - 1);
  await file.write(block, 0, FILE_SIZE, 0);
  await file.datasync();
}

/** What is torn or of another console is as good as nothing. */
function readRecord(text: string, console: string): RememberedSession | undefined {
  const { token, username, type, ...about } = parseRecord(text);
  if (about.format !== FORMAT || about.console !== console || typeof token !== 'string' || token === '') {
    return undefined;
  }
  return {
    token: new Secret(token),
    username: typeof username === 'string' ? username : undefined,
    type: type === 'novalink' ? 'novalink' : 'hmc',
  };
}

function parseRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
