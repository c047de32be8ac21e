import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { appendFile, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { LineFile } from '../../src/base/files/line-file.ts';
import { publisherOf } from '../helpers/publishers.ts';
import { sampleOf } from '../helpers/samples.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/**
 * The file publisher on a full disk once left half a line, continued behind it, and wrote whole lines a second time.
 */
describe('a file on a full disk', () => {
  test('keeps complete lines and nothing of a failed write', async () => {
    const file = path.join(await temporaryDirectory(), 'lines');
    // A limit of 8 KiB on the size of a file stands for a full disk: a write is cut short there as well.
    const script = `
      import { LineFile } from './src/base/files/line-file.ts';
      const file = new LineFile(${JSON.stringify(file)});
      const write = (name, count) => file.append(Array.from({ length: count }, (_, i) => name + i + ' '.repeat(90) + '\\n').join(''))
        .then(() => console.log(name, 'written'), (error) => console.log(name, error.code));
      await write('a', 50);
      await write('b', 50);
      await write('b', 50);
      await write('c', 10);`;
    const { stdout } = await promisify(execFile)('bash', [
      '-c',
      'ulimit -f 8; exec "$0" --import tsx --input-type=module -e "$1"',
      process.execPath,
      script,
    ]);
    expect(stdout.trim().split('\n')).toEqual(['a written', 'b EFBIG', 'b EFBIG', 'c written']);
    const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
    const expected = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index}`);
    expect(lines).toEqual([...expected('a', 50), ...expected('c', 10), '']);
  });

  test('is reported as retryable', async () => {
    await expect(publisherOf('file:///dev/full').publish([sampleOf({ volume: 1 })])).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('the disk is full'),
    });
  });
});

describe('a pipe', () => {
  async function pipe(): Promise<string> {
    const file = path.join(await temporaryDirectory(), 'pipe');
    await promisify(execFile)('mkfifo', [file]);
    return file;
  }

  test('without a reader is reported, and not waited for', async () => {
    const file = await pipe();
    await expect(new LineFile(file).append('one\n')).rejects.toThrow('nobody reads the pipe');
    await expect(publisherOf(`file://${file}`).publish([sampleOf({ volume: 1 })])).rejects.toMatchObject({
      code: 'POWERVM_EXPORT_FAILED',
      message: expect.stringContaining('nobody reads the pipe'),
    });
  });

  test('gives its reader everything, however slow that is', async () => {
    const file = await pipe();
    // One that stays: without it the pipe ends with each writer.
    const keeper = await open(file, constants.O_RDWR | constants.O_NONBLOCK);
    const reader = spawn('head', ['-c', '1000000', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    let size = 0;
    reader.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    const lines = new LineFile(file);
    for (let round = 0; round < 10; round += 1) await lines.append(`${'x'.repeat(99_999)}\n`);
    await once(reader, 'close');
    await keeper.close();
    expect(size).toBe(1_000_000);
  });
});

describe('an incomplete line after a crash', () => {
  test.each([
    ['behind whole ones', 'one\ntwo\n{"half', 'one\ntwo\n'],
    ['alone', '{"half', ''],
    ['longer than what is read at once', `one\n${'x'.repeat(200_000)}`, 'one\n'],
    ['is none', 'one\n', 'one\n'],
    ['is none in an empty file', '', ''],
  ])('%s', async (_where, before, kept) => {
    const file = path.join(await temporaryDirectory(), 'lines');
    await writeFile(file, before);
    const lines = new LineFile(file);
    await lines.append('new\n');
    await appendFile(file, 'torn');
    await lines.append('newer\n');
    expect(await readFile(file, 'utf8')).toBe(`${kept}new\nnewer\n`);
  });
});
