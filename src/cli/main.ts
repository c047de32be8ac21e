#!/usr/bin/env node
import { CommanderError } from 'commander';
import { watchOutput } from './closed-output.ts';
import { reportCrashes } from './crash.ts';
import { exitCodes } from './exit-code.ts';
import { createProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

watchOutput();
const terminal = processTerminal();
reportCrashes(terminal);

try {
  await createProgram(terminal).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
