import { readFileSync } from 'node:fs';
import { validate } from '../../../src/cli/configuration.ts';
import { run } from '../../../src/cli/run/run.ts';
import { reportError, type Terminal } from '../../../src/cli/terminal/terminal.ts';

/**
 * A process that calls `validate` and then `run` for every file of a list, and writes what each said, a line of JSON
 * each. Whoever started it ends each run with SIGTERM when its log says that it is ready.
 */
const [list = ''] = process.argv.slice(2);
// The last resort of `run`, for a process that ends with it: this one continues to the next file.
process.exit = (() => undefined) as typeof process.exit;

for (const file of readFileSync(list, 'utf8').trim().split('\n')) {
  for (const [verb, call] of [
    ['validate', validate],
    ['run', run],
  ] as const) {
    const lines: string[] = [];
    const terminal: Terminal = {
      environment: {},
      isInteractive: false,
      print: () => undefined,
      report: (text) => lines.push(text),
    };
    const code = await call({ config: [file] }, terminal).catch((error) => reportError(terminal, error));
    process.stdout.write(`${JSON.stringify({ verb, file, code, lines })}\n`);
  }
}
