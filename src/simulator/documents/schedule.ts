import type { SimulatedSystem } from '../estate/model.ts';
import { processedEnergyDocument, rawEnergyDocument } from './energy-document.ts';
import { guestMemoryDocument } from './guest-memory-document.ts';
import { hypervisorDocument } from './hypervisor-document.ts';
import { compactTimeText } from './sample-text.ts';
import { viosDocument } from './vios-document.ts';

export const SAMPLE_INTERVAL = 30_000;
const GUEST_MEMORY_INTERVAL = 120_000;
/** How long PCM keeps samples, and how long after its instant a sample is listed. */
export const RAW = { retention: 30 * 60_000, delay: 5_000 } as const;
export const PROCESSED = { retention: 2 * 3_600_000, delay: 50_000 } as const;
/** A VIOS is asked a second after the hypervisor. */
const VIOS_DELAY = 1_000;

/** Where the documents of one system come from, as one console has them. */
export interface DocumentSource {
  /** The system as it was at an instant (milliseconds since 1970). */
  readonly systemAt: (time: number) => SimulatedSystem;
  /** What the clock of the console showed at an instant. */
  readonly timestampOf: (time: number) => number;
  /** Whether the console took and kept the samples of an instant. */
  readonly hasSample: (time: number) => boolean;
  readonly servesGuestMemory: boolean;
}

/** A document that a feed lists. */
export interface ListedDocument {
  readonly fileName: string;
  /** Category of the feed: `phyp`, `vios_1`, `lpar`, `energy`. */
  readonly category: string;
  /** When the sample was taken, by the clock of the console. */
  readonly stamp: number;
  readonly text: () => string;
}

/** The instants that PCM has at `now`, oldest first. */
export function keptInstants(
  system: SimulatedSystem,
  now: number,
  { retention, delay }: typeof RAW | typeof PROCESSED,
): readonly number[] {
  const last = lastInstant(system, now - delay);
  const count = retention / SAMPLE_INTERVAL;
  return Array.from({ length: count }, (_, index) => last - (count - 1 - index) * SAMPLE_INTERVAL);
}

/** The last instant of a system's grid that is not after `time`. */
export function lastInstant({ samplingOffset }: SimulatedSystem, time: number): number {
  return Math.floor((time - samplingOffset) / SAMPLE_INTERVAL) * SAMPLE_INTERVAL + samplingOffset;
}

/** What the long-term monitor has of one instant. */
export function longTermDocuments(source: DocumentSource, time: number): readonly ListedDocument[] {
  const system = source.systemAt(time);
  const { collection, samplingOffset, mtms } = system;
  if (collection.isPaused || !source.hasSample(time)) return [];
  const stamp = source.timestampOf(time);
  const listed = (part: string, text: () => string): ListedDocument => ({
    fileName: `LTM_${mtms}_${part}_${compactTimeText(stamp)}.json`,
    category: part,
    stamp,
    text,
  });
  const vioses = collection.isComputeOnly ? [] : system.vioses.filter(({ problem }) => problem !== 'missing');
  const hasGuestMemory = source.servesGuestMemory && (time - samplingOffset) % GUEST_MEMORY_INTERVAL === 0;
  return [
    listed('phyp', () => hypervisorDocument(system, time, stamp)),
    ...vioses.map((vios) =>
      listed(`vios_${vios.number}`, () => viosDocument(system, vios, time + VIOS_DELAY, stamp + VIOS_DELAY)),
    ),
    ...(hasGuestMemory ? [listed('lpar', () => guestMemoryDocument(system, time, stamp))] : []),
  ];
}

/** What there is of energy at one instant, raw or processed. */
export function energyDocuments(
  source: DocumentSource,
  time: number,
  kind: 'raw' | 'processed',
): readonly ListedDocument[] {
  const system = source.systemAt(time);
  const { isPaused, isEnergyPaused } = system.collection;
  if (isPaused || isEnergyPaused || system.energy === undefined || !source.hasSample(time)) return [];
  const stamp = source.timestampOf(time);
  const timeText = compactTimeText(stamp);
  if (kind === 'processed') {
    return [
      {
        fileName: `EnergyMetrics_ManagedSystem_${system.id}_${timeText}_${timeText}_30.json`,
        category: 'ManagedSystem',
        stamp,
        text: () => processedEnergyDocument(system, time, stamp),
      },
    ];
  }
  if (system.energy === 'processed') return [];
  return [
    {
      fileName: `LTM_${system.mtms}_fsp_${timeText}.json`,
      category: 'energy',
      stamp,
      text: () => rawEnergyDocument(system, time, stamp),
    },
  ];
}
