import { emptyInventory, type FrameActivity, inspectFrame } from '../../src/inspector/index.ts';
import { unknownClocks, validateTimes } from '../../src/pcm/assembly/source-times.ts';
import {
  assemble,
  emptyAssembly,
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import type { PcmDocument } from '../../src/pcm/model.ts';
import { Cursors } from '../../src/receiver/cursors/cursors.ts';
import { Outages } from '../../src/receiver/cursors/outages.ts';
import { START } from '../helpers/documents.ts';
import { SYSTEM_ID } from '../helpers/frames.ts';
import { randomNumbers } from '../helpers/random-numbers.ts';
import { type SmallFrameDocument, smallFrame } from '../helpers/small-frame.ts';

export interface NumberFuzzResult {
  /** What must never happen: `seed/number: what`. */
  readonly violations: readonly string[];
  /** Milliseconds that a document held the event loop beyond its parsing, at most. */
  readonly longestHold: number;
  /** Documents that were still one after the change. */
  readonly read: number;
}

type Parser = (text: string) => PcmDocument | readonly PcmDocument[];

const parsers: Readonly<Record<SmallFrameDocument, Parser>> = {
  phyp: parseHypervisorDocument,
  'vios 1': parseViosDocument,
  'vios 2': parseViosDocument,
  lpar: parseGuestMemoryDocument,
  energy: parseEnergyDocument,
};
const kinds = Object.keys(parsers) as SmallFrameDocument[];
const times = [0, 1, 2, 3].map((step) => START + step * 30_000);
const texts = times.map((time) => smallFrame(time));
const SPOILED = 2;
/** Milliseconds. */
const NOTABLE_HOLD = 20;

/** Numbers that are numbers, and cannot be. */
const changes: readonly ((number: number, random: () => number) => string)[] = [
  (number) => String(number * 2),
  (number) => String(number * 10),
  (number) => String(number / 10),
  (number) => String(Math.round(number * 1.0001)),
  (number) => String(Math.round(number * 1.2)),
  (number) => String(Math.round(number / 1000)),
  (number) => String(number * 1000),
  (number) => String(-number),
  (number) => String(number + 1),
  () => '0',
  () => '1',
  () => '9007199254740993',
  () => '9223372036854775807',
  () => '1e15',
  () => '1e300',
  () => 'null',
  (_, random) => String(Math.floor(random() * 1e18)),
];

/** Changes one number or one time of one document of a small frame, and takes it the whole way to the readers. */
export function fuzzNumbers(count: number, seed: number): NumberFuzzResult {
  const violations: string[] = [];
  let longestHold = 0;
  let read = 0;
  for (let number = 0; number < count; number += 1) {
    const random = randomNumbers(seed * 1_000_003 + number);
    const kind = kinds[Math.floor(random() * kinds.length)] ?? 'phyp';
    const text = spoil(texts[SPOILED]?.[kind] ?? '', random);
    let spoiled: readonly PcmDocument[];
    try {
      spoiled = [parsers[kind](text)].flat();
      read += 1;
    } catch {
      continue;
    }
    const documents = (instant: number) =>
      kinds.flatMap((other) =>
        instant === SPOILED && other === kind ? spoiled : [parsers[other](texts[instant]?.[other] ?? '')].flat(),
      );
    const instants = times.map((listedAt, instant) => documents(instant).map((document) => ({ listedAt, document })));
    const first = timed(instants);
    let { held } = first;
    // What is the machine's doing or the collector's of garbage is not there a second time.
    for (let again = 0; held > NOTABLE_HOLD && again < 3; again += 1) held = Math.min(held, timed(instants).held);
    longestHold = Math.max(longestHold, held);
    if (first.what !== undefined && violations.length < 20) violations.push(`${seed}/${number}: ${first.what}`);
  }
  return { violations, longestHold, read };
}

function spoil(text: string, random: () => number): string {
  const values = [...text.matchAll(/(?<=":\s*|[[,]\s*)-?\d+(?:\.\d+)?(?=\s*[,}\]])|(?<=T)\d\d:\d\d:\d\d/g)];
  const value = values[Math.floor(random() * values.length)];
  if (!value) return text;
  const change = changes[Math.floor(random() * changes.length)] ?? String;
  const minutes = Math.floor(random() * 1_440);
  const two = (part: number) => String(part).padStart(2, '0');
  const changed = value[0].includes(':')
    ? `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:30`
    : change(Number(value[0]), random);
  return text.slice(0, value.index) + changed + text.slice(value.index + value[0].length);
}

function timed(instants: Parameters<typeof takeAll>[0]): { readonly what: string | undefined; readonly held: number } {
  const started = performance.now();
  const what = takeAll(instants);
  return { what, held: performance.now() - started };
}

/** @returns what should not be */
function takeAll(instants: readonly (readonly { readonly listedAt: number; readonly document: PcmDocument }[])[]) {
  const cursors = new Cursors(() => undefined);
  const outages = new Outages(START - 3_600_000);
  cursors.add('exporter', {
    take: ({ acknowledge }) => {
      acknowledge();
      return true;
    },
    hasCapacity: () => true,
  });
  let clocks = unknownClocks;
  let assembly = emptyAssembly(SYSTEM_ID);
  let history: Parameters<typeof inspectFrame>[0];
  let lost = 0;
  for (const listed of instants) {
    const times = validateTimes(clocks, listed);
    clocks = times.clocks;
    const { state, samples } = assemble(assembly, times.valid);
    assembly = state;
    for (const sample of samples) {
      const inspection = inspectFrame(history, sample, emptyInventory(SYSTEM_ID));
      history = inspection.history;
      for (const gap of cursors.publish(inspection.activity)) lost += gap.count;
      const what = tooSmallSum(inspection.activity);
      if (what !== undefined) return what;
    }
  }
  const present = cursors.present(SYSTEM_ID);
  for (const { count, before } of present ? cursors.endBackfill(SYSTEM_ID, present, present) : []) {
    outages.causesOf({ first: before.time, count, interval: 30_000, returnedSince: undefined }, Date.now());
    lost += count;
  }
  return lost > instants.length ? `${lost} samples are called lost, and there were ${instants.length}` : undefined;
}

const TOLERANCE_MS = 1e-6;

/** A sum that is smaller than what is known of its parts leaves something out without saying so. */
function tooSmallSum({ system, partitions }: FrameActivity): string | undefined {
  for (const what of ['consumed', 'busy'] as const) {
    const sum = system.processor[what];
    if (sum === undefined) continue;
    const parts = partitions.reduce((known, { processor }) => known + (processor[what] ?? 0), 0);
    if (sum < parts - TOLERANCE_MS) return `the frame's ${what} is ${sum}, and its parts are ${parts}`;
  }
  return undefined;
}
