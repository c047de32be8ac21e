import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PowerVmSimulator } from '../../src/simulator/index.ts';
import { startSimulator } from '../helpers/console.ts';

/**
 * Every text that a console gives goes through one place before a terminal or a log sees it: names of managed systems and
 * of partitions, of any characters, in every verb and view.
 */
const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
const RUNS = Number(process.env.HOSTILE_NAMES_RUNS ?? 2);

const steering = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const FORGED = 'forged line';

/** What terminals obey, with letters in between, and a line that is not ours. */
const hostileName = fc
  .array(
    fc.constantFrom(
      '\u001b[2J',
      '\u001b]0;x\u0007',
      '\u001b[8m',
      '\u009b31m',
      '\r',
      '\n',
      '\b',
      '\u202e',
      '\u2028',
      '\u0000',
      'a',
      'ü',
    ),
    { minLength: 3, maxLength: 12 },
  )
  .map((parts) => `db${parts.join('')}\n${FORGED}`);

const verbs: readonly (readonly string[])[] = [
  ['systems', '--format', 'table'],
  ['systems', '--format', 'json'],
  ['inspect', '--format', 'table'],
  ['inspect', '--format', 'json'],
  ['doctor', '--format', 'table'],
  ['doctor', '--format', 'json'],
  ['enable-pcm', '--dry-run', '--format', 'table'],
  ['top', '--once'],
];

function spoil(simulator: PowerVmSimulator, name: string): void {
  const [system] = simulator.systems;
  const [partition] = system?.partitions ?? [];
  const inJson = JSON.stringify(name).slice(1, -1);
  simulator.intercept = ({ path: asked }) => {
    const document = simulator.document(asked.split('/').at(-1) ?? '');
    if (document !== undefined) return { body: document.replaceAll(`"${partition?.name}"`, `"${inJson}"`) };
    if (!asked.endsWith('/ManagedSystem/quick/All')) return undefined;
    const [type, serial] = [system?.mtms.split('*')[0] ?? '', system?.mtms.split('*')[1] ?? ''];
    const [machine, model] = type.split('-');
    const described = {
      UUID: system?.id,
      SystemName: name,
      MTMS: system?.mtms,
      State: 'operating',
      MachineType: machine,
      Model: model,
      SerialNumber: serial,
    };
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify([described]) };
  };
}

async function run(simulator: PowerVmSimulator, verb: readonly string[]): Promise<string> {
  const connection = ['--endpoint', simulator.url, '--username', simulator.username];
  const child = spawn(process.execPath, [main, ...verb, ...connection], {
    env: { PATH: process.env.PATH, OTEL_POWERVM_PASSWORD: simulator.password },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  await once(child, 'close');
  return output;
}

test.each(verbs)(
  '%s %s %s',
  async (...verb) => {
    const simulator = await startSimulator();
    await fc.assert(
      fc.asyncProperty(hostileName, async (name) => {
        spoil(simulator, name);
        const output = await run(simulator, verb);
        expect(output).toContain('db');
        expect(output.split('\n').filter((line) => steering.test(line))).toEqual([]);
        expect(output.split('\n').filter((line) => line.startsWith(FORGED))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  },
  60_000,
);
