import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LogStyle, styledLog } from '../../src/cli/run/log-lines.ts';
import { logStyle } from '../../src/cli/run/log-output.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
const plain: LogStyle = { encoding: 'console', isColoured: false, hasPriority: false };
const time = '2026-11-26T19:20:00.000Z';
const line = (fields: object) =>
  `${JSON.stringify({ level: 40, severity: 'warn', time, pid: 7, hostname: 'h', ...fields })}\n`;

describe('a log for people', () => {
  test('has time, level, what happened, why and what to do, and then the rest', () => {
    const text = line({
      msg: 'the console does not answer; trying again',
      console: 'https://hmc1',
      code: 'POWERVM_CONSOLE_UNREACHABLE',
      reason: 'nothing listens there',
      remedy: 'Check the port.',
      place: 'the second rack',
      details: [1],
      failures: 11,
    });
    expect(styledLog(text, plain)).toBe(
      `${time} warn  the console does not answer; trying again: nothing listens there → Check the port.` +
        '  console=https://hmc1 code=POWERVM_CONSOLE_UNREACHABLE place="the second rack" details=[1] failures=11\n',
    );
  });

  test('removes control characters of console names, in colour or without', () => {
    const text = line({ msg: 'a\u001b[2Jb', reason: 'c\r\nd', name: '\u202eevil\u0085' });
    const written = styledLog(text, { ...plain, isColoured: true });
    expect(written).toContain('\u001b[33mwarn \u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(written.replaceAll(/\u001b\[(33|0)m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u0085\u202e]/);
  });

  test('in a journal begins with the priority of its level, as JSON does there', () => {
    const all = ['debug', 'info', 'warn', 'error'].map((level) => line({ severity: level, msg: 'm' })).join('');
    const priorities = (encoding: 'console' | 'json') =>
      styledLog(all, { ...plain, encoding, hasPriority: true })
        .trim()
        .split('\n')
        .map((text) => text.slice(0, 4));
    expect(priorities('console')).toEqual(['<7>2', '<6>2', '<4>2', '<3>2']);
    expect(priorities('json')).toEqual(['<7>{', '<6>{', '<4>{', '<3>{']);
  });
});

test('a terminal gets text, anything else JSON, unless a format is configured', () => {
  expect(logStyle(undefined, {}, true)).toEqual({ encoding: 'console', isColoured: true, hasPriority: false });
  expect(logStyle(undefined, { NO_COLOR: '1' }, true)).toMatchObject({ isColoured: false });
  expect(logStyle(undefined, {}, false)).toEqual({ encoding: 'json', isColoured: false, hasPriority: false });
  expect(logStyle('json', {}, true)).toMatchObject({ encoding: 'json' });
  expect(logStyle('console', {}, false)).toMatchObject({ encoding: 'console' });
  // Left over from another service: it is not our standard error that goes there.
  expect(logStyle(undefined, { JOURNAL_STREAM: '1:2' }, false)).toMatchObject({ hasPriority: false });
});

/** What a collector whose console no one can reach writes until it is ready, into a file. */
async function logOfRun(logs: string, asJournal: boolean): Promise<readonly string[]> {
  const directory = await temporaryDirectory();
  const config = path.join(directory, 'config.yaml');
  const file = path.join(directory, 'log');
  writeFileSync(
    config,
    `receivers: { powervm: { consoles: [{ endpoint: 'https://127.0.0.1:1', username: u, password: p }] } }
exporters: { debug: {} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } }, telemetry: { logs: { ${logs} } } }`,
  );
  const log = openSync(file, 'w');
  const { dev, ino } = fstatSync(log, { bigint: true });
  const child = spawn(process.execPath, [main, 'run', '--config', config], {
    stdio: ['ignore', 'ignore', log],
    env: { PATH: process.env.PATH, ...(asJournal ? { JOURNAL_STREAM: `${dev}:${ino}` } : {}) },
  });
  const ended = once(child, 'exit');
  while (child.exitCode === null && !/\bready\b/.test(readFileSync(file, 'utf8'))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGTERM');
  await ended;
  closeSync(log);
  return readFileSync(file, 'utf8').trim().split('\n');
}

describe('the log of a collector', () => {
  test('in a journal is text with priorities', async () => {
    const lines = await logOfRun('level: info', true);
    const [problem = ''] = lines.filter((text) => text.includes('does not answer'));
    expect(problem).toMatch(/^<4>\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}the console does not answer; trying again: .* → /);
    for (const text of lines) expect(text).toMatch(/^<[346]>/);
  });

  test('into a file is JSON with names of levels and ISO times', async () => {
    const lines = (await logOfRun('level: info', false)).map((text) => JSON.parse(text));
    for (const { time: written } of lines) expect(new Date(written).toISOString()).toBe(written);
    expect(new Set(lines.map(({ level, severity }) => `${level} ${severity}`))).toEqual(
      new Set(['40 warn', '30 info']),
    );
  });

  test('is text into a file as well when the configuration says so', async () => {
    const lines = await logOfRun('encoding: console', false);
    expect(lines.some((text) => /Z warn {2}the console does not answer/.test(text))).toBe(true);
  });
});
