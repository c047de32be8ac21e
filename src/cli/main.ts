#!/usr/bin/env node
import { CommanderError } from 'commander';
import { reportCrashes } from './crash.ts';
import { exitCodes } from './exit-code.ts';
import { createProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.done);
});

const terminal = processTerminal();
reportCrashes(terminal);

try {
  await createProgram(terminal).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
