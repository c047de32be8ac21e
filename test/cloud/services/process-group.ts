import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * A new directory for a cloud, and the process that ends everything in it and removes it: at the end, or when this
 * process is gone, whatever happened to it.
 */
export async function keptDirectory(): Promise<{ readonly directory: string; readonly end: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-cloud-'));
  await chmod(directory, 0o711); // PostgreSQL's own user passes through.
  const script = path.join(import.meta.dirname, 'keeper.sh');
  const keeper = spawn('bash', [script, directory], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(keeper, 'close');
  return {
    directory,
    end: async () => {
      keeper.stdin.end();
      await ended;
    },
  };
}
