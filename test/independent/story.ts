import { listAt, numberAt, objectAt, parseRaw, type RawObject, textAt, timeAt } from './raw-json.ts';

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
  readonly energy: RawObject | undefined;
  /** The memory inside the guests, where no earlier instant had this document. */
  readonly guests: readonly RawObject[];
  readonly before: Instant | undefined;
  /** How many answers there were before it. */
  readonly servedAt: number;
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

/** Puts the documents of every frame together, oldest first. */
export function tellStory(served: readonly Served[]): readonly Instant[] {
  const documents = served.flatMap(({ path, text }, servedAt) => {
    const [, systemId, kind] =
      /\/ManagedSystem\/([^/]+)\/RawMetrics\/.*_(phyp|vios_\d+|lpar|fsp)_[^_]*\.json$/.exec(path) ?? [];
    return systemId === undefined || kind === undefined
      ? []
      : [{ systemId: systemId.toLowerCase(), kind, text, servedAt }];
  });
  const systems = new Set(documents.map(({ systemId }) => systemId));
  return [...systems].flatMap((systemId) =>
    tellOne(
      systemId,
      documents.filter((document) => document.systemId === systemId),
    ),
  );
}

interface KnownDocument {
  readonly kind: string;
  readonly text: string;
  readonly servedAt: number;
}

function tellOne(systemId: string, documents: readonly KnownDocument[]): Instant[] {
  const of = (kind: RegExp) => documents.filter((document) => kind.test(document.kind));
  const hypervisors = of(/^phyp$/)
    .map(({ text, servedAt }) => ({ root: objectAt(parseRaw(text), 'systemUtil'), servedAt }))
    .map(({ root, servedAt }) => {
      const sample = objectAt(root, 'utilSample');
      return { info: objectAt(root, 'utilInfo'), sample, time: timeAt(sample, 'timeStamp'), servedAt };
    })
    .sort((left, right) => left.time - right.time);
  const vioses = of(/^vios/).map(({ text }) => openVios(text));
  const energy = of(/^fsp$/).map(({ text }) => parseRaw(text));
  const guests = of(/^lpar$/).map(({ text }) => listAt(parseRaw(text), 'lparUtil'));
  const told = new Set<readonly RawObject[]>();
  const story: Instant[] = [];
  for (const hypervisor of hypervisors) {
    const { time } = hypervisor;
    const isNear = (other: number) => Math.abs(other - time) < INTERVAL / 2;
    const memory = guests
      .filter((list) => timeOfGuests(list) <= time && timeOfGuests(list) >= time - MEMORY_REACH)
      .sort((left, right) => timeOfGuests(right) - timeOfGuests(left))[0];
    story.push({
      systemId,
      ...hypervisor,
      vioses: new Map(
        vioses
          .filter((document) => isNear(document.time))
          .map((document) => [Number(document.vios.id), document] as const),
      ),
      energy: energy.find((document) => isNear(timeAt(document, 'timeStamp'))),
      guests: memory === undefined || told.has(memory) ? [] : memory,
      before: story.at(-1),
    });
    if (memory) told.add(memory);
  }
  return story;
}

function openVios(text: string): ViosDocument {
  const sample = objectAt(parseRaw(text), 'systemUtil', 'utilSample');
  return { time: timeAt(sample, 'timeStamp'), sample, vios: listAt(sample, 'viosUtil')[0] ?? {} };
}

/** A partition that does not answer has no time; those that do have the same. */
function timeOfGuests(guests: readonly RawObject[]): number {
  return Math.max(
    ...guests.map((guest) => (textAt(guest, 'timeStamp') === undefined ? 0 : timeAt(guest, 'timeStamp'))),
  );
}

/** Timebase cycles of one processor between an instant and the one before it: T of the catalog. */
export function elapsedCycles({ sample, before }: Instant): number | undefined {
  if (!before) return undefined;
  return (numberAt(sample, 'timeBasedCycles') ?? 0) - (numberAt(before.sample, 'timeBasedCycles') ?? 0);
}

export function cyclesPerSecond({ sample }: Instant): number {
  return numberAt(objectAt(sample, 'processor'), 'procCyclesPerSecond') ?? Number.NaN;
}
