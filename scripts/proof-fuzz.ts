import { fuzzClient } from '../test/fuzz/fuzz-client.ts';
import { fuzzNumbers } from '../test/fuzz/fuzz-numbers.ts';

/** Milliseconds: no document may hold the event loop for longer beyond its own parsing. */
const MAX_HOLD_MS = 100;

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

const numbers = fuzzNumbers(count, seed);
console.log(`${count} numbers changed, ${numbers.read} documents still read`);
console.log(`a document held the event loop for ${numbers.longestHold.toFixed(1)} ms at most beyond its parsing`);
for (const violation of numbers.violations) console.log(`VIOLATION ${violation}`);
const isHeld = numbers.longestHold > MAX_HOLD_MS;
if (isHeld) console.log(`VIOLATION the event loop may be held for ${MAX_HOLD_MS} ms`);
process.exitCode = violations.length + numbers.violations.length === 0 && !isHeld ? 0 : 1;
