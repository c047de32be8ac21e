import { expect, test } from 'vitest';
import type { FrameHistory } from '../../src/inspector/frame-history.ts';
import { emptyInventory, type FrameActivity, inspectFrame } from '../../src/inspector/index.ts';
import {
  assemble,
  emptyAssembly,
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import type { PcmDocument } from '../../src/pcm/model.ts';
import { START } from '../helpers/documents.ts';
import { SYSTEM_ID } from '../helpers/frames.ts';
import { type SmallFrameDocument, type SmallFrameDocuments, smallFrame } from '../helpers/small-frame.ts';

/**
 * A counter that could not be read in one sample cost its partition, pool or adapter the rates of the next sample too,
 * although the one before was good.
 */
const INTERVAL = 30_000;
const parsers: Readonly<Record<SmallFrameDocument, (text: string) => PcmDocument | readonly PcmDocument[]>> = {
  phyp: parseHypervisorDocument,
  'vios 1': parseViosDocument,
  'vios 2': parseViosDocument,
  lpar: parseGuestMemoryDocument,
  energy: parseEnergyDocument,
};

/** Takes instants one by one, each of which may have fewer documents or none. */
function traversal(instants: readonly Partial<SmallFrameDocuments>[]): readonly FrameActivity[] {
  let assembly = emptyAssembly(SYSTEM_ID);
  let history: FrameHistory | undefined;
  return instants.flatMap((texts, index) => {
    const documents = Object.entries(texts).flatMap(([kind, text]) =>
      [parsers[kind as SmallFrameDocument](text)].flat().map((document) => ({
        listedAt: START + index * INTERVAL,
        document,
      })),
    );
    const { state, samples } = assemble(assembly, documents);
    assembly = state;
    return samples.map((sample) => {
      const inspection = inspectFrame(history, sample, emptyInventory(SYSTEM_ID));
      history = inspection.history;
      return inspection.activity;
    });
  });
}

/** Everything that is a difference to an earlier sample, by what it is of. */
function ratesOf(activity: FrameActivity | undefined): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  const note = (of: string, values: object | undefined) => {
    for (const [name, value] of Object.entries(values ?? {}))
      if (typeof value === 'number') rates.set(`${of} ${name}`, value);
  };
  if (!activity) return rates;
  const { system, partitions } = activity;
  const { consumed, busy, firmware, utilization, consumedUtilization } = system.processor;
  note('frame', { consumed, busy, firmware, utilization, consumedUtilization });
  for (const pool of [system.physicalPool, ...system.sharedPools]) {
    note('pool', pool && { size: pool.size, consumed: pool.consumed, utilization: pool.utilization });
  }
  for (const { id, processor, networkAdapters, disks } of partitions) {
    note(id, {
      consumed: processor.consumed,
      busy: processor.busy,
      entitlement: processor.entitlement,
      utilization: processor.utilization,
      consumedUtilization: processor.consumedUtilization,
    });
    for (const { location, rates: adapter } of networkAdapters) note(`${id} ${location}`, adapter);
    for (const { device, rates: adapter } of disks) note(`${id} ${device}`, adapter);
  }
  return rates;
}

const good = [0, 1, 2, 3].map((step) => smallFrame(START + step * INTERVAL));
const SPOILED = 2;
const clean = ratesOf(traversal(good).at(-1));

/** Every value of a document that is a number, by its place in the text. */
const numbersOf = (text: string) => [...text.matchAll(/(?<=":\s*)-?\d+(?:\.\d+)?(?=\s*[,}])/g)];

function spoiled(kind: SmallFrameDocument, change: (text: string) => string): readonly SmallFrameDocuments[] {
  return good.map((texts, index) => (index === SPOILED ? { ...texts, [kind]: change(texts[kind]) } : texts));
}

function expectTheSameRates(instants: readonly Partial<SmallFrameDocuments>[], what: string): void {
  const activities = traversal(instants);
  expect(activities, what).toHaveLength(good.length);
  const rates = ratesOf(activities.at(-1));
  for (const [name, value] of clean) expect(rates.get(name), `${name} after ${what}`).toBeCloseTo(value, 6);
}

test('the small frame has rates of everything', () => {
  expect(clean.size).toBeGreaterThan(40);
});

test.each(['phyp', 'vios 1', 'vios 2'] as const)(
  'any number of %s that cannot be read costs its own sample',
  (kind) => {
    const text = good[SPOILED]?.[kind] ?? '';
    const numbers = numbersOf(text);
    expect(numbers.length).toBeGreaterThan(5);
    for (const number of numbers) {
      for (const instead of ['null', '"?"', '-5']) {
        const end = number.index + number[0].length;
        expectTheSameRates(
          spoiled(kind, () => text.slice(0, number.index) + instead + text.slice(end)),
          `${text.slice(Math.max(0, number.index - 60), end)} as ${instead}`,
        );
      }
    }
  },
);

test.each([
  ['lparsUtil', /"lparsUtil":/],
  ['viosUtil', /"viosUtil":/],
])('a sample without %s costs itself', (_what, key) => {
  expectTheSameRates(
    spoiled('phyp', (text) => text.replace(key, '"elsewhere":')),
    String(key),
  );
});

test('counters that begin again are not compared with what was before the sample that could not be read', () => {
  const reset = (text: string) =>
    text.replaceAll(
      /(?<="(?:utilizedCappedProcCycles|utilizedUnCappedProcCycles|receivedBytes|numOfReads)":\s*)\d+/g,
      '7',
    );
  const unreadable = (text: string) =>
    text.replaceAll(/(?<="(?:utilizedCappedProcCycles|receivedBytes|numOfReads)":\s*)\d+/g, 'null');
  const change = (texts: SmallFrameDocuments | undefined, how: (text: string) => string) =>
    Object.fromEntries(Object.entries(texts ?? {}).map(([kind, text]) => [kind, how(text)]));
  const activities = traversal([good[0] ?? {}, good[1] ?? {}, change(good[2], unreadable), change(good[3], reset)]);
  const rates = ratesOf(activities.at(-1));
  const partitions = [...rates.keys()].filter((name) => !/^(frame|pool)/.test(name));
  expect(partitions).toEqual([]);
});
