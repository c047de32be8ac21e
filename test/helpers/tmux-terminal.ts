import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { afterThisTest } from './console.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A terminal of its own, with the program in it. */
export async function openTerminal(command: string, environment: Readonly<Record<string, string>>) {
  const codeFile = path.join(await temporaryDirectory(), 'exit-code');
  const socket = `otel-powervm-${process.pid}-${Date.now()}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const settings = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  tmux('new-session', '-d', '-s', 'top', '-x', '80', '-y', '24', ...settings, `${command}; echo $? > ${codeFile}`);
  tmux('set-option', '-g', 'remain-on-exit', 'on');
  afterThisTest(async () => {
    spawnSync('tmux', ['-L', socket, 'kill-server']);
  });
  const screen = () => tmux('capture-pane', '-p', '-t', 'top');
  return {
    press: (...keys: string[]) => tmux('send-keys', '-t', 'top', ...keys),
    resize: (width: number, height: number) =>
      tmux('resize-window', '-t', 'top', '-x', String(width), '-y', String(height)),
    /** Exit code of the program; undefined while it runs. tmux itself forgets it now and then. */
    exitCode: () => (existsSync(codeFile) ? readFileSync(codeFile, 'utf8').trim() : undefined),
    /** The screen, once it shows `text`. */
    see: async (text: string | RegExp) => {
      await expect.poll(screen, { timeout: 15_000, interval: 100 }).toMatch(text);
      return screen();
    },
  };
}
