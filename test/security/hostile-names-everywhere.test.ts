import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { badLines, hostileText, startConsoleOfHostileNames, startConsoleOfHostileRefusals } from './hostile-texts.ts';

/**
 * Every text that a console gives goes through one place before a terminal or a log sees it: names and messages of any
 * characters, in every verb. Those of `run` and its pages are in hostile-names-in-pages.test.ts.
 */
const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
const RUNS = Number(process.env.HOSTILE_NAMES_RUNS ?? 2);

const verbs: readonly (readonly string[])[] = [
  ['systems', '--format', 'table'],
  ['systems', '--format', 'json'],
  ['inspect', '--format', 'table'],
  ['inspect', '--format', 'json'],
  ['doctor', '--format', 'table'],
  ['doctor', '--format', 'json'],
  ['enable-pcm', '--dry-run', '--format', 'table'],
  ['top', '--once'],
  ['record', '--instants', '2', '--output'],
];

/** All that a verb prints, and the bundle of `record`, which is to be looked through. */
async function outputOf(endpoint: string, password: string, verb: readonly string[]): Promise<string> {
  const bundle = path.join(await temporaryDirectory(), 'bundle.jsonl');
  const args = verb.at(-1) === '--output' ? [...verb, bundle] : verb;
  const child = spawn(process.execPath, [main, ...args, '--endpoint', endpoint, '--username', 'hscroot'], {
    env: { PATH: process.env.PATH, OTEL_POWERVM_PASSWORD: password },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  await once(child, 'close');
  return output + (await readFile(bundle, 'utf8').catch(() => ''));
}

test.each(verbs)(
  'control characters in names do not reach the output of %s %s %s',
  async (...verb) => {
    const simulator = await startSimulator();
    await fc.assert(
      fc.asyncProperty(hostileText, async (name) => {
        const output = await outputOf(await startConsoleOfHostileNames(simulator, name), simulator.password, verb);
        // The bundle of a record is redacted: there the names are others.
        expect(output).toContain(verb[0] === 'record' ? 'redacted' : 'frame-01db');
        expect(badLines(output)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
  120_000,
);

test.each(verbs)(
  'control characters in the message of a refusal do not reach the output of %s %s %s',
  async (...verb) => {
    const simulator = await startSimulator();
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const output = await outputOf(await startConsoleOfHostileRefusals(simulator, text), simulator.password, verb);
        expect(output).toContain('db');
        expect(badLines(output)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
  120_000,
);
