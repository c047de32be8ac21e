/**
 * What it costs to import the package: user and system time of a process that imports an entry point, without what
 * `node -e 0` takes, against that of importing the SDK for metrics alone. In turns in one run.
 *
 *   npm run bench:import
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { median, report } from './helpers/measure.ts';

const ROUNDS = 15;
/** The root against the SDK, which every program that embeds us has loaded anyway. */
const MAX_FOR_ROOT = 1.3;
const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');

/** Milliseconds of CPU of a process, user and system, as bash counts those of its children. */
async function cpuOf(script: string): Promise<number> {
  const timed = 'TIMEFORMAT="%U %S"; time "$0" --input-type=module -e "$1"';
  const { stderr } = await run('bash', ['--norc', '-c', timed, process.execPath, script], {
    cwd: root,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(/\s+/).map(Number);
  return (user + system) * 1_000;
}

const SDK = '@opentelemetry/sdk-metrics';
const names = [
  SDK,
  ...['', '/ceilometer', '/openstack', '/otlp', '/prometheus', '/simulator'].map((name) => `otel-powervm${name}`),
];
const nothing: number[] = [];
const measured = new Map(names.map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round += 1) {
  nothing.push(await cpuOf('0'));
  for (const [name, times] of measured) times.push(await cpuOf(`await import('${name}')`));
}

const floor = median(nothing);
const costOf = (name: string) => median(measured.get(name) ?? []) - floor;
report('node -e 0', floor, 'ms');
for (const name of names) report(`importing ${name}, beside that`, costOf(name), 'ms');
for (const name of names.slice(1)) report(`${name} against the SDK`, costOf(name) / costOf(SDK), 'x');
const ratio = costOf('otel-powervm') / costOf(SDK);
report(`the root against the SDK (aim: at most ${MAX_FOR_ROOT})`, ratio, 'x');
if (!(ratio <= MAX_FOR_ROOT)) process.exitCode = 1;
