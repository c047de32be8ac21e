import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError } from '../../base/errors/errors.ts';
import { makeDirectories } from '../../base/files/make-directories.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import { fullText, required } from '../../base/options/option-rules.ts';
import { Secret } from '../../base/secrets/secret.ts';
import { isToken, type OpenSession, type SessionStore, type StoredSession } from './session-store.ts';

/** With a checksum since 2. */
const FORMAT = 2;
/** One block of a file system: written in place, so that a full disk does not keep a session from being remembered. */
const FILE_SIZE = 4_096;

/**
 * Remembers in a directory, one file for each console, readable for this user only. The files keep their size and are
 * written in place and synchronised: that works on a full disk too. What is torn, damaged, of another program or of a newer
 * release costs one session at most: it is dropped with a warning.
 */
export class FileSessionStore implements SessionStore {
  readonly #directory: string;
  readonly #logger: Logger;

  /** @param directory created when missing; others must not be able to write into it */
  constructor(directory: string, logger: Logger = silentLogger) {
    const problem = required(fullText)(directory);
    if (problem !== undefined) {
      throw new ConfigurationError('POWERVM_CONFIG_INVALID', `FileSessionStore: directory ${problem}`);
    }
    this.#directory = directory;
    this.#logger = logger;
  }

  async load(console: string): Promise<StoredSession | undefined> {
    return this.#withFile(console, async (file) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_SIZE), 0, FILE_SIZE, 0);
      const found = readRecord(buffer.toString('utf8', 0, bytesRead), console);
      if (typeof found === 'string') {
        const advice = 'the remembered session cannot be used and is dropped; it may stay open on the console';
        this.#logger.warn({ console, directory: this.#directory, reason: found }, advice);
      }
      // Takes the block now, so that it is there when the disk is full.
      if (bytesRead < FILE_SIZE || typeof found === 'string') await write(file, '');
      return typeof found === 'string' ? undefined : found;
    });
  }

  async save(console: string, { token, username, type, ending }: StoredSession): Promise<void> {
    const session = { console, username, type, token: token.reveal() };
    const beside = ending && { ending: { username: ending.username, token: ending.token.reveal() } };
    const content = JSON.stringify({ ...session, ...beside });
    const text = JSON.stringify({ format: FORMAT, sha256: checksum(content), content });
    await this.#withFile(console, (file) => write(file, text));
  }

  async forget(console: string): Promise<void> {
    await this.#withFile(console, (file) => write(file, ''));
  }

  async #withFile<Result>(console: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
    await makeDirectories(this.#directory);
    const name = `session-${createHash('sha256').update(console).digest('hex').slice(0, 16)}.json`;
    // Never through a link, which might be planted. Nor does it wait for a pipe without a writer.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(path.join(this.#directory, name), flags, 0o600);
    try {
      if (!(await file.stat()).isFile()) throw new Error(`${name} is not a file`);
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

/** The session; undefined where none was remembered; or what is wrong with the text. */
function readRecord(text: string, console: string): StoredSession | string | undefined {
  if (text.trim() === '') return undefined;
  const { format, sha256, content } = parseObject(text) ?? {};
  if (typeof format === 'number' && format > FORMAT) return `it was written by a newer release (format ${format})`;
  if (format !== FORMAT || typeof content !== 'string') return 'it is damaged, or not a file of ours';
  if (sha256 !== checksum(content)) return 'it is damaged';
  const record = parseObject(content) ?? {};
  if (record.console !== console) return 'it is of another console';
  const session = openSession(record);
  if (!session) return 'it holds no session';
  const ending = openSession(record.ending);
  return { ...session, type: record.type === 'novalink' ? 'novalink' : 'hmc', ...(ending && { ending }) };
}

function openSession(value: unknown): OpenSession | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { token, username } = value as Readonly<Record<string, unknown>>;
  if (typeof token !== 'string' || !isToken(token)) return undefined;
  return { token: new Secret(token), username: typeof username === 'string' ? username : undefined };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
