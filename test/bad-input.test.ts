import { ValueType } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PcmDocumentError } from '../src/base/errors/errors.ts';
import { emptyInventory, inspectFrame, inspectionReport, stringifyReport } from '../src/inspector/index.ts';
import { listMetrics, metricView, resourceMetricsOf } from '../src/metrics/index.ts';
import { type SourceClocks, unknownClocks, validateTimes } from '../src/pcm/assembly/source-times.ts';
import {
  assemble,
  emptyAssembly,
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../src/pcm/index.ts';
import type { PcmDocument } from '../src/pcm/model.ts';
import { START } from './helpers/documents.ts';
import { SYSTEM_ID } from './helpers/frames.ts';
import { anyMutation, type JsonPath, mutate } from './helpers/mutations.ts';
import { type SmallFrameDocument, smallFrame, VIOS_IDS } from './helpers/small-frame.ts';

/**
 * Any JSON value in any place of a document costs that place and nothing else: five instants of a small frame are read,
 * one document of one of them is spoiled, and what does not hang on the spoiled place must stay as it was.
 *
 * A longer hunt: `BAD_INPUT_RUNS=50000 npx vitest run test/bad-input.test.ts`.
 */
const RUNS = Number(process.env.BAD_INPUT_RUNS ?? 60);

const times = [0, 1, 2, 3, 4].map((step) => START + step * 30_000);
const SPOILED_INSTANT = 2;
/** By then two good samples have followed: nothing may be left of the bad one. */
const RECOVERED_INSTANT = 4;

type Parser = (text: string) => PcmDocument | readonly PcmDocument[];

const parsers: Readonly<Record<SmallFrameDocument, Parser>> = {
  phyp: parseHypervisorDocument,
  'vios 1': parseViosDocument,
  'vios 2': parseViosDocument,
  lpar: parseGuestMemoryDocument,
  energy: parseEnergyDocument,
};
const kinds = Object.keys(parsers) as SmallFrameDocument[];

interface Point {
  /** UUID of the partition, else of the system, or the name of the storage pool. */
  readonly entity: string;
  readonly metric: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly instant: number;
  readonly value: number;
}

const view = metricView({ metrics: Object.fromEntries(listMetrics().map(({ name }) => [name, { enabled: true }])) });
const counters = new Set(listMetrics().flatMap(({ name, kind }) => (kind === 'counter' ? [name] : [])));

/** What the way from texts to points remembers from one instant to the next; immutable. */
interface Memory {
  readonly clocks: SourceClocks;
  readonly assembly: ReturnType<typeof emptyAssembly>;
  readonly history: Parameters<typeof inspectFrame>[0];
}

/** One instant on the whole way from texts to points, as the receiver takes it. */
function readInstant(memory: Memory, instant: number, documents: readonly PcmDocument[]): [Memory, Point[]] {
  const listed = documents.map((document) => ({ listedAt: times[instant] ?? 0, document }));
  const { clocks, valid } = validateTimes(memory.clocks, listed);
  const { state, samples } = assemble(memory.assembly, valid);
  let { history } = memory;
  const points: Point[] = [];
  for (const sample of samples) {
    const inspection = inspectFrame(history, sample, emptyInventory(SYSTEM_ID));
    history = inspection.history;
    expectGoodNumbers(inspection.activity);
    JSON.parse(stringifyReport(inspectionReport([inspection.activity])));
    points.push(...toPoints(resourceMetricsOf([inspection.activity], view), instant));
  }
  return [{ clocks, assembly: state, history }, points];
}

function parseOrCount(parse: Parser, text: string): PcmDocument[] {
  try {
    return [parse(text)].flat();
  } catch (error) {
    expect(error).toBeInstanceOf(PcmDocumentError);
    return [];
  }
}

/** No number of the inspector's is NaN, infinite or negative; only temperatures may be below zero. */
function expectGoodNumbers(value: unknown, key = ''): void {
  if (typeof value === 'number' && !(Number.isFinite(value) && (value >= 0 || key === 'celsius'))) {
    expect.fail(`${key} is ${value}`);
  }
  if (typeof value === 'bigint' && value < 0n) expect.fail(`${key} is ${value}`);
  if (value instanceof Map) for (const [name, inner] of value) expectGoodNumbers(inner, String(name));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) expectGoodNumbers(inner, name);
  }
}

function toPoints(resources: ReturnType<typeof resourceMetricsOf>, instant: number): Point[] {
  return resources.flatMap(({ resource, scopeMetrics }) => {
    const { attributes: described } = resource;
    const entity = String(
      described['powervm.lpar.id'] ?? described['powervm.ssp.id'] ?? described['powervm.system.id'],
    );
    return scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value, startTime, endTime }): Point => {
          const number = Number(value);
          const isPossible = Number.isFinite(number) && (!counters.has(descriptor.name) || number >= 0);
          // A signed 64-bit integer is all that OTLP takes; a greater one would arrive negative.
          const isTooLong = descriptor.valueType === ValueType.INT && Math.abs(number) >= 2 ** 63;
          const isReversed = startTime[0] > endTime[0] || (startTime[0] === endTime[0] && startTime[1] > endTime[1]);
          // `expect` for each of millions of points would take most of the time.
          if (!isPossible || isTooLong || isReversed) expect.fail(`${descriptor.name} is ${number}`);
          return { entity, metric: descriptor.name, attributes, instant, value: number };
        }),
      ),
    );
  });
}

function keyOf({ entity, metric, attributes, instant }: Point): string {
  return `${instant} ${entity} ${metric} ${JSON.stringify(Object.entries(attributes).sort())}`;
}

const isSum = /^powervm\.system\.(cpu\.(consumed|busy|utilization|consumed_utilization)|lpar\.count)$/;
const isGuestMemory = /^powervm\.lpar\.memory\.(os|usage|utilization|free|paging|swap)/;
const isOfFrame = /^powervm\.(system|physical_pool|shared_pool|memory_pool)\./;

/** Whether a point may depend on a place of a document. What this denies must not change with the place. */
function dependsOn(kind: SmallFrameDocument, path: JsonPath): (point: Point) => boolean {
  if (kind === 'energy') return ({ metric }) => metric.startsWith('hw.');
  if (kind === 'lpar') return dependsOnGuest(path);
  if (kind !== 'phyp') return dependsOnViosDocument(kind === 'vios 1' ? 1 : 2);
  const [, , section, index, group] = path;
  if (section === 'viosUtil' && typeof index === 'number') return dependsOnVios(index === 0 ? 1 : 2);
  if (section === 'lparsUtil' && typeof index === 'number') return dependsOnPartition(index, group);
  const ofEverybody = ['timeStamp', 'status', 'timeBasedCycles', 'processor', 'lparsUtil', 'viosUtil'];
  // Type and serial number describe the frame.
  if (path[1] === 'utilInfo') return ({ metric }) => metric === 'powervm.system.info';
  if (section === undefined || ofEverybody.includes(String(section))) return () => true;
  return ({ metric }) => isOfFrame.test(metric);
}

function dependsOnGuest([, index]: JsonPath): (point: Point) => boolean {
  const [id] = typeof index === 'number' ? [guestIds[index]] : [];
  return ({ metric, entity }) => isGuestMemory.test(metric) && (id === undefined || entity === id);
}

function dependsOnViosDocument(number: 1 | 2): (point: Point) => boolean {
  return ({ entity, metric, attributes }) =>
    entity === VIOS_IDS[number].toLowerCase() ||
    isSum.test(metric) ||
    metric.startsWith('powervm.ssp.') ||
    metric === 'powervm.lpar.adapter.link' ||
    attributes['powervm.vios.number'] === number;
}

/** Its clients name it, and one has a vNIC on its port. */
function dependsOnVios(number: 1 | 2): (point: Point) => boolean {
  const ofItsDocument = dependsOnViosDocument(number);
  return (point) => ofItsDocument(point) || point.attributes['powervm.adapter.type'] === 'vnic';
}

function dependsOnPartition(index: number, group: string | number | undefined): (point: Point) => boolean {
  const id = partitionIds[index];
  const others: Readonly<Record<string, RegExp>> = {
    memory: /^powervm\.lpar\.memory\.(limit|backed)$/,
    network: /^powervm\.lpar\.(network|adapter)\./,
    storage: /^powervm\.lpar\.(disk|adapter)\./,
  };
  const only = group === undefined ? undefined : others[group];
  if (only) return ({ entity, metric }) => entity === id && only.test(metric);
  return ({ entity, metric }) => entity === id || isSum.test(metric);
}

const clean = times.map((time) => {
  const texts = smallFrame(time);
  return { texts, parsed: kinds.map((kind) => ({ kind, documents: [parsers[kind](texts[kind])].flat() })) };
});
const memories: Memory[] = [{ clocks: unknownClocks, assembly: emptyAssembly(SYSTEM_ID), history: undefined }];
const cleanPoints = new Map<string, Point>();
for (const [instant, { parsed }] of clean.entries()) {
  const memory = memories[instant];
  if (!memory) continue;
  const [next, points] = readInstant(
    memory,
    instant,
    parsed.flatMap(({ documents }) => documents),
  );
  memories.push(next);
  for (const point of points) cleanPoints.set(keyOf(point), point);
}

const guestIds = identifiers('lpar');
const partitionIds = identifiers('phyp');

function identifiers(kind: SmallFrameDocument): string[] {
  const text = clean[0]?.texts[kind] ?? '';
  return [...text.matchAll(/"uuid":"([^"]+)"/g)].map(([, uuid = '']) => uuid.toLowerCase());
}

/** The points from the spoiled instant on. */
function readSpoiled(kind: SmallFrameDocument, text: string): Map<string, Point> {
  let memory = memories[SPOILED_INSTANT];
  const points = new Map<string, Point>();
  for (let instant = SPOILED_INSTANT; memory && instant <= RECOVERED_INSTANT; instant += 1) {
    const documents = clean[instant]?.parsed.flatMap((parsed) =>
      instant === SPOILED_INSTANT && parsed.kind === kind ? parseOrCount(parsers[kind], text) : parsed.documents,
    );
    const [next, reported] = readInstant(memory, instant, documents ?? []);
    memory = next;
    for (const point of reported) points.set(keyOf(point), point);
  }
  return points;
}

test('the small test system produces a point of every metric that documents provide', () => {
  const reported = new Set([...cleanPoints.values()].map(({ metric }) => metric));
  const unreported = listMetrics().filter(({ name, entity }) => entity !== 'receiver' && !reported.has(name));
  expect(unreported.map(({ name }) => name)).toEqual([
    // Only the inventory knows these.
    'powervm.lpar.cpu.virtual_processor.count',
    'powervm.lpar.cpu.dedicated_processor.count',
    'powervm.lpar.cpu.virtual_processor.utilization',
  ]);
});

const stamps = ['1970-01-01T00:00:00Z', '2026-03-04T11:00:00Z', '2026-03-04T13:00:59+0000', '2999-12-31T23:59:59Z'];

test.each(kinds)('%s: an invalid field loses only its own values, and only until the next valid sample', (kind) => {
  fc.assert(
    fc.property(anyMutation(stamps.map((stamp) => JSON.stringify(stamp))), (mutation) => {
      const { text, path } = mutate(clean[SPOILED_INSTANT]?.texts[kind] ?? '', mutation);
      const points = readSpoiled(kind, text);
      const isTouched = dependsOn(kind, path);
      const mustStay = (point: Point) =>
        point.instant >= RECOVERED_INSTANT || (point.instant >= SPOILED_INSTANT && !isTouched(point));
      const differences = [...cleanPoints].flatMap(([key, point]) => {
        const now = points.get(key);
        return mustStay(point) && now?.value !== point.value ? [`${key}: ${point.value} became ${now?.value}`] : [];
      });
      const additions = [...points].filter(([key, point]) => mustStay(point) && !cleanPoints.has(key));
      if (differences.length + additions.length > 0) {
        expect.fail(
          [path.join('.'), ...differences.slice(0, 5), ...additions.slice(0, 5).map(([key]) => `+ ${key}`)].join('\n'),
        );
      }
    }),
    { numRuns: RUNS },
  );
});
