import { DirectoryLock } from '../../src/collector/storage/directory-lock.ts';

/** A process that holds a directory until it is killed. Tells when it has it, or why not. */
const [directory = ''] = process.argv.slice(2);
try {
  await DirectoryLock.acquire(directory);
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${error instanceof Error && 'code' in error ? error.code : error}\n`);
}
