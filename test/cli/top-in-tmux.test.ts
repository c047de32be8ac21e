import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A terminal of its own, with the program in it. */
async function openTerminal(command: string, environment: Readonly<Record<string, string>>) {
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

test.skipIf(!hasTmux)(
  'top lives in a terminal of 80 columns: sort, filter, one partition, resize, end (skipped without tmux)',
  async () => {
    const { url, username, password } = await startSimulator({ lpars: 6, vioses: 2 });
    const terminal = await openTerminal(`${process.execPath} ${main} top --endpoint ${url} --username ${username}`, {
      OTEL_POWERVM_PASSWORD: password,
      LANG: 'C.UTF-8',
    });
    const first = await terminal.see(/frame-01[\s\S]*prod-db1[\s\S]*8 partitions, by consumed/);
    expect(first).toMatch(/PARTITION +ENT +CONS +BUSY +%ENT +NET\/s DISK\/s 30 MINUTES/);
    for (const line of first.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    terminal.press('a');
    await terminal.see('by name');
    terminal.press('/');
    terminal.press('-l', 'vios');
    await terminal.see('/vios_');
    terminal.press('Enter');
    expect(await terminal.see('2 of 8 partitions')).not.toContain('prod-db1');
    terminal.press('Enter');
    await terminal.see(/UUID +[0-9a-f-]{36}/);
    terminal.press('Escape');
    await terminal.see('2 of 8 partitions');
    terminal.resize(40, 12);
    await terminal.see(/PARTITION +ENT +CONS +BUSY +%ENT$/m);
    terminal.press('q');
    await expect.poll(terminal.exitCode, { timeout: 15_000 }).toBe('0');
  },
);
