import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Secret } from '../../base/secrets/secret.ts';

const MAX_SIZE = 4_096;
/** One line of URL-safe base64; tokens have 200 to 300 characters (docs/reference/console-api.md#sessions). */
const TOKEN = /^[\w+/-]{64,1024}={0,2}$/;

/**
 * Reads the file in which NovaLink provides a session. The name comes from the console, and an impostor on this machine
 * could name any readable file: what does not look like a session is never sent.
 * @throws {Error} with a reason for the operator
 */
export async function readTokenFile(file: string): Promise<Secret> {
  const token = (await readStart(file)).trim();
  if (token === '') throw new Error(`the session file ${file} is empty`);
  if (!TOKEN.test(token)) throw new Error(`${file} does not hold a session`);
  return new Secret(token);
}

async function readStart(file: string): Promise<string> {
  try {
    // Does not wait for a pipe without a writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) throw new Error('it is not a file');
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_SIZE), 0, MAX_SIZE, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(isDenied ? `this user may not read ${file}` : `cannot read ${file}: ${reason}`, { cause: error });
  }
}
