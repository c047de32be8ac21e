/**
 * What it costs to start the command line: user and system time of whole processes against that of `node -e 0`, in turns
 * in one run.
 *
 *   npm run bench:cli
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { median, report } from './helpers/measure.ts';

const ROUNDS = 15;
const MAX_FOR_HELP = 3;
const MAX_FOR_INSPECT = 16;
const run = promisify(execFile);
const main = path.join(import.meta.dirname, '../dist/cli/main.js');

const simulator = spawn(process.execPath, [main, 'simulate', '--lpars', '40']);
const [line] = await once(createInterface(simulator.stdout), 'line');
const { url, username, password } = JSON.parse(String(line));

/** Milliseconds of CPU of a process, user and system, as bash counts those of its children. */
async function cpuOfProcess(...args: readonly string[]): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null';
  const environment = { PATH: process.env.PATH, LC_ALL: 'C', OTEL_POWERVM_PASSWORD: password };
  const { stderr } = await run('bash', ['--norc', '-c', script, process.execPath, ...args], { env: environment });
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(/\s+/).map(Number);
  return (user + system) * 1_000;
}

const commands = {
  nothing: ['-e', '0'],
  help: [main, '--help'],
  inspect: [main, 'inspect', '--endpoint', url, '--username', username, '--format', 'json'],
};
const measured: Record<keyof typeof commands, number[]> = { nothing: [], help: [], inspect: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const name of ['nothing', 'help', 'inspect'] as const) {
    measured[name].push(await cpuOfProcess(...commands[name]));
  }
}
simulator.kill();

const floor = median(measured.nothing);
const help = median(measured.help) / floor;
const inspect = median(measured.inspect) / floor;
report('node -e 0', floor, 'ms');
report('--help', median(measured.help), 'ms');
report(`--help against node -e 0 (aim: at most ${MAX_FOR_HELP})`, help, 'x');
report('inspect of 40 partitions and 2 VIOSes', median(measured.inspect), 'ms');
report(`inspect against node -e 0 (aim: at most ${MAX_FOR_INSPECT})`, inspect, 'x');
if (!(help <= MAX_FOR_HELP && inspect <= MAX_FOR_INSPECT)) process.exitCode = 1;
