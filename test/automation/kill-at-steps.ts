/**
 * Loaded into the server by its tests (`--import`): a change with the subject "Killed when STEP" kills it there, once,
 * before anything else can happen. Which steps did so is in the directory KILLED_STEPS.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Run } from './run.ts';
import { STEP_CHANNEL, type Step } from './steps.ts';

const directory = process.env.KILLED_STEPS ?? '';

subscribe(STEP_CHANNEL, (message) => {
  const { step, run } = message as { readonly step: Step; readonly run: Run };
  const mark = path.join(directory, step);
  if (run.change.subject !== `Killed when ${step}` || existsSync(mark)) return;
  writeFileSync(mark, '');
  process.kill(process.pid, 'SIGKILL');
});
