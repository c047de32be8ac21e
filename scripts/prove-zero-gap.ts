import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { problemsOf, summaryOf } from '../test/proof/report.ts';
import { affordableRate } from '../test/proof/speed.ts';
import { proveZeroGap } from '../test/proof/zero-gap.ts';

/**
 * Lets a collector live through three hours of faults for many seeds, one after the other, and writes the result into
 * docs/reliability.md. `npm run proof:zero-gap -- --seeds 50 [--first 1] [--minutes 180] [--rate 200]`
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    first: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '180' },
    rate: { type: 'string' },
    log: { type: 'boolean', default: false },
  },
});
const PAGE = new URL('../docs/reliability.md', import.meta.url);
const HEAD = `| seed | kills | reboots | outages | full disks | points | repeated | purged | sessions at once | requests at once | requests in the busiest minute of a reboot | problems |
|---|---|---|---|---|---|---|---|---|---|---|---|`;

const [first, count, minutes] = [values.first, values.seeds, values.minutes].map(Number);
if (first === undefined || count === undefined || minutes === undefined) throw new Error('numbers, please');
const rows: string[] = [];
let failures = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const rate = values.rate === undefined ? await affordableRate() : Number(values.rate);
  const verdict = await proveZeroGap({ seed, rate, minutes });
  const problems = problemsOf(verdict);
  rows.push(summaryOf(verdict));
  process.stdout.write(`seed ${seed}, rate ${rate}: ${summaryOf(verdict)}\n`);
  for (const problem of problems.slice(0, 20)) process.stdout.write(`  ${problem}\n`);
  if (values.log && problems.length > 0)
    for (const line of verdict.log) process.stdout.write(`    ${line.slice(0, 500)}\n`);
  failures += problems.length > 0 ? 1 : 0;
  await writeResult(rows, failures);
}
process.exitCode = failures > 0 ? 1 : 0;

async function writeResult(done: readonly string[], failed: number): Promise<void> {
  const [begin, end] = ['<!-- proof:begin -->', '<!-- proof:end -->'];
  const page = await readFile(PAGE, 'utf8');
  const date = new Date().toISOString().slice(0, 10);
  const text = `Last run: ${date}, ${done.length} seeds of ${minutes} simulated minutes, ${failed} of them with problems.\n\n${HEAD}\n${done.join('\n')}`;
  const before = page.slice(0, page.indexOf(begin) + begin.length);
  await writeFile(PAGE, `${before}\n${text}\n${page.slice(page.indexOf(end))}`);
}
