#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { reportCrashes } from './run/crash-report.ts';
import { watchOutput } from './terminal/closed-output.ts';
import { exitCodes } from './terminal/exit-code.ts';
import { processTerminal } from './terminal/terminal.ts';

watchOutput();
const terminal = processTerminal();
reportCrashes(terminal);

try {
  await createProgram(terminal).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
