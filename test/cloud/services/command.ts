import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly allowFailure?: boolean;
}

/** The environment of everything that belongs to the cloud: Debian's own programs, no proxy, no foreign Python. */
export const plainEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** Runs a program to its end. @throws {Error} with the end of what it said, when it failed */
export async function runCommand(
  command: string,
  commandArguments: readonly string[],
  options: CommandOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: number }> {
  const child = spawn(command, commandArguments, { env: { ...plainEnvironment, ...options.environment } });
  // A program that has ended before it reads its input says why at its end.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0 && !options.allowFailure) {
    throw new Error(
      `${command} ${commandArguments.join(' ')} failed (${code}):\n${`${stdout}\n${stderr}`.slice(-3000)}`,
    );
  }
  return { stdout, stderr, code };
}
