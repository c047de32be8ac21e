import { setFlagsFromString } from 'node:v8';

/** Eight times as much as V8's own, in bytes of bytecode that a function has run. */
const INTERRUPT_BUDGET = 1_000_000;

/** Node.js in which the flag is known, and worth it. */
const MEASURED_WITH = /^20\./;

/**
 * For a command that reads once and ends. V8 recompiles hot code on background threads; a process that
 * ends within a second pays for that and has nothing of it, a fifth of all that `inspect` costs (docs/performance.md).
 * What does continue for long, on many large frames, is compiled a little later.
 */
export function tuneForShortRun(): void {
  // Flags are V8's own affair and change with it: one that it does not know is complained of on standard error.
  if (!MEASURED_WITH.test(process.versions.node)) return;
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
