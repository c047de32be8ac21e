import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Logger } from '../../../src/base/logger.ts';
import { DirectoryLock } from '../../../src/collector/storage/directory-lock.ts';
import { FileStorage } from '../../../src/collector/storage/file-storage.ts';
import { afterThisTest, hurriedClock } from '../../helpers/console.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

const HOLDER = fileURLToPath(new URL('../../helpers/lock-holder.ts', import.meta.url));

function recordingLogger() {
  const messages: string[] = [];
  const note = (_fields: object, message: string) => messages.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  return { logger, messages };
}

async function opened(directory: string, logger = recordingLogger().logger): Promise<FileStorage> {
  const storage = new FileStorage({ directory, createDirectory: true, clock: hurriedClock, logger });
  await storage.start();
  return storage;
}

/** Opens, works, and closes, as one run of a collector does. */
async function run(directory: string, work: (storage: FileStorage) => unknown, logger?: Logger): Promise<void> {
  const storage = await opened(directory, logger);
  try {
    await work(storage);
  } finally {
    await storage.shutdown();
  }
}

async function holdInAnotherProcess(directory: string): Promise<{ process: ChildProcess; reply: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterThisTest(async () => {
    child.kill('SIGKILL');
  });
  const [reply] = await once(child.stdout, 'data');
  return { process: child, reply: String(reply).trim() };
}

describe('storage in a directory', () => {
  test('is kept for the next run, readable by its owner only', async () => {
    const directory = path.join(await temporaryDirectory(), 'state');
    await run(directory, (storage) => {
      storage.set('cursor a', { time: 1 });
      storage.set('cursor b', { time: 2 });
      storage.set('cursor a', { time: 3 });
    });
    await run(directory, (storage) => {
      expect(storage.entries('cursor ')).toEqual(
        new Map([
          ['a', { time: 3 }],
          ['b', { time: 2 }],
        ]),
      );
    });
    expect((await stat(path.join(directory, 'state.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('falls back to the previous version when the newest is truncated', async () => {
    const directory = await temporaryDirectory();
    await run(directory, (storage) => storage.set('place', 'before'));
    await run(directory, (storage) => storage.set('place', 'newest'));
    const file = path.join(directory, 'state.json');
    await truncate(file, (await stat(file)).size - 4);
    const { logger, messages } = recordingLogger();
    await run(directory, (storage) => expect(storage.entries('').get('place')).toBe('before'), logger);
    expect(messages).toEqual(['the newest state is damaged; going on from the one before']);
  });

  test.each(['', 'garbage', '{"format":"otel-powervm-storage","version":1,"sha256":"0"}\n{}\n', '\0'.repeat(5_000)])(
    'starts empty when nothing can be read: %j',
    async (text) => {
      const directory = await temporaryDirectory();
      await writeFile(path.join(directory, 'state.json'), text);
      const { logger, messages } = recordingLogger();
      await run(directory, (storage) => expect(storage.entries('').size).toBe(0), logger);
      expect(messages).toEqual(['the state is damaged; beginning anew']);
    },
  );

  test('quarantines files of a newer release, logs it, and starts empty', async () => {
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'state.json');
    const text = '{"format":"otel-powervm-storage","version":2}\n{}\n';
    await writeFile(file, text);
    const { logger, messages } = recordingLogger();
    await run(directory, (storage) => storage.set('place', 'new'), logger);
    expect(messages).toEqual(['the state is damaged; beginning anew']);
    expect(await readFile(`${file}.unusable`, 'utf8')).toBe(text);
  });

  test('survives a full disk: the old state is kept, the new one is written when there is space', async () => {
    const directory = await temporaryDirectory();
    await run(directory, (storage) => storage.set('place', 'old'));
    const { logger, messages } = recordingLogger();
    const next = path.join(directory, 'state.json.next');
    // Nothing can be written there.
    await symlink('/dev/full', next);
    const storage = await opened(directory, logger);
    storage.set('place', 'new');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readFile(path.join(directory, 'state.json'), 'utf8')).toContain('old');
    // Health check, page and alerts go by this.
    expect(storage.condition).toMatchObject({
      state: 'failing',
      code: 'POWERVM_STORAGE_WRITE_FAILED',
      reason: expect.stringContaining(directory),
      remedy: expect.stringContaining('Make room'),
    });
    await rm(next);
    await storage.shutdown();
    expect(storage.condition).toMatchObject({ state: 'working' });
    await run(directory, (again) => expect(again.entries('').get('place')).toBe('new'));
    expect(messages).toHaveLength(2);
    expect(messages[0]).toContain('could not be written');
  });

  test('warns about a world-writable directory', async () => {
    const directory = await temporaryDirectory();
    const { logger, messages } = recordingLogger();
    await chmod(directory, 0o770);
    await run(directory, () => undefined, logger);
    expect(messages).toEqual([]);
    await chmod(directory, 0o777);
    await run(directory, () => undefined, logger);
    expect(messages).toEqual(['every user of this machine may write into the directory of the storage']);
  });

  test('reports an unusable directory', async () => {
    const file = path.join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    await expect(opened(path.join(file, 'below'))).rejects.toMatchObject({ code: 'POWERVM_STORAGE_UNUSABLE' });
  });
});

describe('two processes on one directory', () => {
  test('the second is rejected until the first has ended, however it ended', async () => {
    const directory = await temporaryDirectory();
    const first = await holdInAnotherProcess(directory);
    expect(first.reply).toBe('held');
    await expect(opened(directory)).rejects.toMatchObject({ code: 'POWERVM_STORAGE_IN_USE' });
    expect((await holdInAnotherProcess(directory)).reply).toBe('POWERVM_STORAGE_IN_USE');
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    await run(directory, (storage) => storage.set('place', 'mine'));
    await run(directory, (storage) => expect(storage.entries('').get('place')).toBe('mine'));
  });

  test('a suspended process keeps its lock', async () => {
    const directory = await temporaryDirectory();
    const first = await holdInAnotherProcess(directory);
    first.process.kill('SIGSTOP');
    await expect(opened(directory)).rejects.toMatchObject({ code: 'POWERVM_STORAGE_IN_USE' });
  });

  test('exactly one of many processes takes over a stale lock and keeps it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const directory = await temporaryDirectory();
      const dead = await holdInAnotherProcess(directory);
      dead.process.kill('SIGKILL');
      await once(dead.process, 'exit');
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => DirectoryLock.acquire(directory)));
      const held = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      for (const lock of held) afterThisTest(() => lock.release());
      expect(held).toHaveLength(1);
      // Those who got nothing took nothing away.
      expect(await readdir(directory)).toEqual(['in-use.sock']);
      await expect(DirectoryLock.acquire(directory)).rejects.toMatchObject({ code: 'POWERVM_STORAGE_IN_USE' });
    }
  });

  test('a long path can be locked', async () => {
    const directory = path.join(await temporaryDirectory(), 'x'.repeat(120));
    const storage = await opened(directory);
    await expect(opened(directory)).rejects.toMatchObject({ code: 'POWERVM_STORAGE_IN_USE' });
    await storage.shutdown();
  });
});
