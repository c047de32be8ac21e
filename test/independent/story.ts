import { type EnergyReading, readEnergy } from './energy.ts';
import { listAt, numberAt, objectAt, parseRaw, type RawObject, timeAt } from './raw-json.ts';

/** Everything that a console answered, by path, in the order in which it was answered. */
export interface Served {
  readonly path: string;
  readonly text: string;
}

/** One instant of one frame: the hypervisor's document and those that belong to it. */
export interface Instant {
  readonly systemId: string;
  /** Of the hypervisor document; milliseconds since 1970. */
  readonly time: number;
  readonly info: RawObject;
  readonly sample: RawObject;
  /** By partition number. */
  readonly vioses: ReadonlyMap<number, ViosDocument>;
  /** Partition numbers of the VIOSes whose document has a time that no earlier one had. */
  readonly news: ReadonlySet<number>;
  readonly energy: EnergyReading | undefined;
  /** The memory inside the guests, where no earlier instant had this document. */
  readonly guests: readonly RawObject[];
  readonly before: Instant | undefined;
  /** Whether its time was there before: nothing is reported twice of one time. */
  readonly isRepeated: boolean;
  /** How many answers there were before it. */
  readonly servedAt: number;
  /** And before it was fetched again, by someone who was behind and tells of it then. */
  readonly servedAgainAt: number;
  /** UUIDs of the partitions that it tells of; placement.ts decides. */
  readonly reported: Set<string>;
}

export interface ViosDocument {
  readonly time: number;
  readonly sample: RawObject;
  readonly vios: RawObject;
}

/** How far a document may be from its instant: one interval of PCM. */
const INTERVAL = 30_000;
/** How old the memory of the guests may be: they are asked every two minutes. */
const MEMORY_REACH = 150_000;

interface KnownDocument {
  readonly systemId: string;
  readonly kind: string;
  /** When it was taken, by its name in the feed. */
  readonly listedAt: number;
  readonly root: RawObject;
  readonly servedAt: number;
  servedAgainAt: number;
}

/** Puts the documents of every frame together, oldest first. */
export function tellStory(served: readonly Served[]): readonly Instant[] {
  const owners = ownersOf(served);
  const documents = new Map<string, KnownDocument>();
  for (const [servedAt, { path, text }] of served.entries()) {
    const [, named, stamp] = /_(phyp|vios_\d+|lpar|fsp)_([^_]*)\.json$/.exec(path) ?? [];
    const kind = named === 'fsp' || path.includes('/EnergyMetrics_') ? 'energy' : named;
    const systemId = owners.get(path);
    // One that is fetched again, by someone who was behind, says the same.
    const known = documents.get(path);
    if (known) known.servedAgainAt = servedAt;
    if (systemId === undefined || kind === undefined || known) continue;
    const root = parseOrNothing(text);
    // A file of processed energy may hold many samples, each with its own time.
    const listedAt = stamp === undefined ? 0 : timeAt({ stamp }, 'stamp');
    if (root) documents.set(path, { systemId, kind, listedAt, root, servedAt, servedAgainAt: servedAt });
  }
  const all = [...documents.values()].sort((left, right) => left.listedAt - right.listedAt);
  return [...new Set(all.map(({ systemId }) => systemId))].flatMap((systemId) =>
    reportOne(all.filter((document) => document.systemId === systemId)),
  );
}

/** Whose feed lists a document: its own path may name another system. */
function ownersOf(served: readonly Served[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { path, text } of served) {
    const [, systemId] = /\/ManagedSystem\/([^/]+)\/(?:RawMetrics\/\w+|ProcessedMetrics)$/.exec(path) ?? [];
    if (systemId === undefined) continue;
    for (const [, href = ''] of text.matchAll(/href="([^"]+\.json)"/g)) {
      owners.set(decodeURIComponent(new URL(href).pathname), systemId.toLowerCase());
    }
  }
  return owners;
}

/** A document that was cut off is skipped alone. */
function parseOrNothing(text: string): RawObject | undefined {
  try {
    return parseRaw(text);
  } catch {
    return undefined;
  }
}

function reportOne(documents: readonly KnownDocument[]): Instant[] {
  const of = (kind: RegExp) => documents.filter((document) => kind.test(document.kind));
  const reported = new Set<KnownDocument>();
  const energy = of(/^energy$/).flatMap(({ root }) => readEnergy(root));
  const story: Instant[] = [];
  for (const { systemId, root, listedAt, servedAt, servedAgainAt } of of(/^phyp$/)) {
    const sample = objectAt(root, 'systemUtil', 'utilSample');
    const isNear = (other: KnownDocument) => Math.abs(other.listedAt - listedAt) < INTERVAL / 2;
    const memory = of(/^lpar$/)
      .filter((other) => other.listedAt <= listedAt && other.listedAt >= listedAt - MEMORY_REACH)
      .at(-1);
    const vioses = of(/^vios/).filter(isNear).map(openVios);
    const time = timeAt(sample, 'timeStamp');
    story.push({
      systemId,
      time,
      info: objectAt(root, 'systemUtil', 'utilInfo'),
      sample,
      servedAt,
      servedAgainAt,
      isRepeated: story.some((other) => other.time >= time),
      vioses: new Map(vioses.map((document) => [Number(document.vios.id), document] as const)),
      news: new Set(vioses.filter((document) => !isKnown(story, document)).map(({ vios }) => Number(vios.id))),
      energy: energy.find((reading) => Math.abs(reading.time - listedAt) < INTERVAL / 2),
      guests: memory && !reported.has(memory) ? listAt(memory.root, 'lparUtil') : [],
      before: story.at(-1),
      reported: new Set(),
    });
    if (memory) reported.add(memory);
  }
  return story;
}

function isKnown(story: readonly Instant[], { time, vios }: ViosDocument): boolean {
  return story.some((instant) => (instant.vioses.get(Number(vios.id))?.time ?? 0) >= time);
}

function openVios({ root }: KnownDocument): ViosDocument {
  const sample = objectAt(root, 'systemUtil', 'utilSample');
  return { time: timeAt(sample, 'timeStamp'), sample, vios: listAt(sample, 'viosUtil')[0] ?? {} };
}

/** Timebase cycles of one processor between an instant and the one before it: T of the catalog. */
export function elapsedCycles({ sample, before }: Instant): number | undefined {
  if (!before) return undefined;
  return (numberAt(sample, 'timeBasedCycles') ?? 0) - (numberAt(before.sample, 'timeBasedCycles') ?? 0);
}

export function cyclesPerSecond({ sample }: Instant): number {
  return numberAt(objectAt(sample, 'processor'), 'procCyclesPerSecond') ?? Number.NaN;
}
