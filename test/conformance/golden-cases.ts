import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterThisTest } from '../helpers/console.ts';

/** Recorded and synthetic consoles of other people's making. They live beside the checkout, here and in CI only. */
const shared = path.join(import.meta.dirname, '../../../shared');
const golden = path.join(shared, 'golden');

export const areGoldenCasesAvailable = existsSync(golden);

export const goldenCaseNames = areGoldenCasesAvailable
  ? readdirSync(golden).flatMap((file) => (file.endsWith('.json') ? [path.basename(file, '.json')] : []))
  : [];

/** What the original inspector computed. */
export function readGoldenResult<Result>(caseName: string): Result {
  return JSON.parse(readFileSync(path.join(golden, `${caseName}.json`), 'utf8'));
}

/** What it computed it from, beside the recorded answers. */
export function readGoldenCase<Case>(caseName: string): Case {
  return JSON.parse(readFileSync(path.join(golden, 'inputs', caseName, 'case.json'), 'utf8'));
}

/** Plays the console of a case until the test ends. `POST /__step` continues to its next step. */
export async function serveGoldenCase(caseName: string): Promise<string> {
  const input = path.join(golden, 'inputs', caseName);
  const replay = spawn(process.execPath, [path.join(shared, 'tools/replay.mjs'), '--case', input, '--last']);
  afterThisTest(async () => {
    replay.kill();
  });
  const [line] = await once(createInterface({ input: replay.stdout }), 'line');
  return JSON.parse(String(line)).url;
}
