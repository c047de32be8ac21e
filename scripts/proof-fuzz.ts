import { fuzzClient } from '../test/fuzz/fuzz-client.ts';

/** `npm run proof:fuzz [-- COUNT [SEED]]`: mutated answers for a client, and what became of them. */
const [count = 100_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
console.log(`${count} mutated answers, seed ${seed}`);
const { outcomes, violations, heap, maxResidentMemory } = await fuzzClient(count, seed);
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
for (const [outcome, times] of Object.entries(outcomes).sort(([, left], [, right]) => right - left)) {
  console.log(`${String(times).padStart(8)}  ${outcome}`);
}
if (heap) console.log(`heap ${mebibytes(heap.before)} before, ${mebibytes(heap.after)} after`);
console.log(`at most ${mebibytes(maxResidentMemory)} resident`);
for (const violation of violations) console.log(`VIOLATION ${violation}`);
process.exitCode = violations.length === 0 ? 0 : 1;
