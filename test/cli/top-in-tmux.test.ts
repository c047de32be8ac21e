import path from 'node:path';
import { expect, test } from 'vitest';
import { startSimulator } from '../helpers/console.ts';
import { hasTmux, openTerminal } from '../helpers/tmux-terminal.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');

test.skipIf(!hasTmux)(
  'top works in a terminal of 80 columns: sort, filter, open a partition, resize, quit (skipped without tmux)',
  async () => {
    const { url, username, password } = await startSimulator({ lpars: 6, vioses: 2 });
    const terminal = await openTerminal(`${process.execPath} ${main} top --endpoint ${url} --username ${username}`, {
      OTEL_POWERVM_PASSWORD: password,
      LANG: 'C.UTF-8',
    });
    const first = await terminal.see(/frame-01[\s\S]*prod-db1[\s\S]*8 partitions, by consumed/);
    expect(first).toMatch(/PARTITION +ENT +CONS▼ +BUSY +%ENT +MEM +NET\/s +DISK\/s/);
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
    await terminal.see(/PARTITION▲ +ENT +CONS +BUSY +%ENT$/m);
    terminal.press('q');
    await expect.poll(terminal.exitCode, { timeout: 15_000 }).toBe('0');
  },
);
