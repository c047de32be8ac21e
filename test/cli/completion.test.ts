import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { completion } from '../../src/cli/completion.ts';
import { createProgram } from '../../src/cli/program.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');

function program() {
  return createProgram({ environment: {}, isInteractive: false, print: () => undefined, report: () => undefined });
}

async function script(shell: 'bash' | 'zsh' | 'fish'): Promise<string> {
  let text = '';
  const print = (line: string) => {
    text += line;
  };
  await completion(program(), shell, { environment: {}, isInteractive: false, print, report: print });
  return text;
}

/** What a real bash offers after these words, of which the last is not finished. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const line = ['otel-powervm', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `${await script('bash')}
COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _otel_powervm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await run('bash', ['--norc', '-c', ask], { cwd: root })).stdout.split('\n').filter((word) => word !== '');
}

describe('in bash', () => {
  test('every command and every option of each is offered', async () => {
    const verbs = program().commands;
    expect(await offered('')).toEqual([...verbs.map((verb) => verb.name()), '--help', '--version']);
    for (const verb of verbs) {
      const options = verb.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
      expect(await offered(verb.name(), '--')).toEqual([...options, '--help']);
    }
  });

  test('completes prefixes, choices of an option, and file names', async () => {
    expect(await offered('ins')).toEqual(['inspect']);
    expect(await offered('inspect', '--format', '')).toEqual(['table', 'json']);
    expect(await offered('simulate', '--fault', 'clock')).toEqual(['clock-off']);
    expect(await offered('run', '--config', 'otel-c')).toEqual(['otel-config.yaml']);
    expect(await offered('inspect', '--username', '')).toEqual([]);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });
});

describe.each(['zsh', 'fish'] as const)('in %s', (shell) => {
  const isThere = spawnSync(shell, ['-c', 'true']).status === 0;

  test('names every command and option', async () => {
    const text = await script(shell);
    for (const verb of program().commands) {
      expect(text).toContain(verb.name());
      for (const { long, hidden } of verb.options) if (long && !hidden) expect(text).toContain(long.replace('--', ''));
    }
  });

  test.skipIf(!isThere)(`is a script that it can read [skipped where ${shell} is not installed]`, async () => {
    const { status, stderr } = spawnSync(shell, ['-n'], { input: await script(shell), encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

test('--help groups and describes the commands and ends with examples', () => {
  let text = '';
  const requested = program().configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  requested.outputHelp();
  expect(text).toMatch(/Look at your frames:\n {2}systems .*\n {2}inspect .*\n {2}top /);
  expect(text).toContain('$ otel-powervm demo');
  expect(text).toContain('Exit codes: 0 done');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(85);
});
