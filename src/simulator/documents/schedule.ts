import type { SimulatedSystem } from '../estate/model.ts';
import { energyDocument } from './energy-document.ts';
import { guestMemoryDocument } from './guest-memory-document.ts';
import { hypervisorDocument } from './hypervisor-document.ts';
import { compactTimeText } from './time-text.ts';
import { viosDocument } from './vios-document.ts';

const SAMPLE_INTERVAL = 30_000;
const GUEST_MEMORY_INTERVAL = 120_000;
/** How long PCM keeps raw samples. */
const RETENTION = 30 * 60_000;
/** A document is listed so long after its instant. */
const PUBLICATION_DELAY = 5_000;

/** A document that a feed lists. */
export interface ListedDocument {
  readonly fileName: string;
  /** Category of the feed: `phyp`, `vios_1`, `lpar`, `energy`. */
  readonly category: string;
  readonly time: number;
  readonly text: () => string;
}

/** What the long-term monitor has of a system at `now`: half an hour, oldest first. */
export function longTermDocuments(
  system: SimulatedSystem,
  now: number,
  servesGuestMemory: boolean,
): readonly ListedDocument[] {
  return instants(system, now).flatMap((time) => [
    listed(system, 'phyp', time, () => hypervisorDocument(system, time)),
    ...system.vioses.map((vios) =>
      // A VIOS is asked a second after the hypervisor.
      listed(system, `vios_${vios.number}`, time, () => viosDocument(system, vios, time + 1_000)),
    ),
    ...(servesGuestMemory && (time - system.samplingOffset) % GUEST_MEMORY_INTERVAL === 0
      ? [listed(system, 'lpar', time, () => guestMemoryDocument(system, time))]
      : []),
  ]);
}

export function energyDocuments(system: SimulatedSystem, now: number): readonly ListedDocument[] {
  return instants(system, now).map((time) => ({
    ...listed(system, 'fsp', time, () => energyDocument(system, time)),
    category: 'energy',
  }));
}

function instants(system: SimulatedSystem, now: number): readonly number[] {
  const newest =
    Math.floor((now - PUBLICATION_DELAY - system.samplingOffset) / SAMPLE_INTERVAL) * SAMPLE_INTERVAL +
    system.samplingOffset;
  const count = RETENTION / SAMPLE_INTERVAL;
  return Array.from({ length: count }, (_, index) => newest - (count - 1 - index) * SAMPLE_INTERVAL);
}

function listed(system: SimulatedSystem, part: string, time: number, text: () => string): ListedDocument {
  return { fileName: `LTM_${system.mtms}_${part}_${compactTimeText(time)}.json`, category: part, time, text };
}
