import { randomNumbers } from '../helpers/random-numbers.ts';

const MINUTE = 60_000;

/** What goes wrong, and when: milliseconds of simulated time since the start. */
export type PlannedFault =
  | { readonly at: number; readonly kind: 'kill' | 'start' }
  | { readonly at: number; readonly kind: 'console'; readonly health: 'well' | 'off' | 'starting' }
  | { readonly at: number; readonly kind: 'exporter'; readonly exporter: 'a' | 'b'; readonly state: DestinationState }
  | { readonly at: number; readonly kind: 'disk'; readonly isFull: boolean };

/** `busy`: answers 503. `broken`: ends connections without a response. */
export type DestinationState = 'well' | 'busy' | 'broken';

export interface FaultPlan {
  /** Oldest first. */
  readonly faults: readonly PlannedFault[];
  /** From here on all goes well. */
  readonly end: number;
}

type Chance = () => number;

/**
 * Episodes of faults with some calm in between. In an episode anything may happen at once: the collector is killed and
 * started again, the console reboots, exporters do not take anything, the disk is full.
 * @param longest minutes of an episode
 */
export function planFaults(seed: number, minutes: number, longest: number): FaultPlan {
  const chance = randomNumbers(seed);
  const calm = 9;
  const faults: PlannedFault[] = [];
  let begin = 6;
  for (; begin + longest + calm <= minutes; begin += longest + calm) faults.push(...episode(chance, begin, longest));
  return { faults: faults.sort((left, right) => left.at - right.at), end: (begin - calm) * MINUTE };
}

function episode(chance: Chance, begin: number, longest: number): readonly PlannedFault[] {
  const faults: PlannedFault[] = [];
  const kinds = ['kill', 'console', 'a', 'b', 'disk'].filter(() => chance() < 0.5);
  for (const kind of kinds.length > 0 ? kinds : ['kill']) {
    const from = begin + chance() * longest * 0.4;
    const to = from + (0.15 + chance() * 0.85) * (begin + longest - from);
    faults.push(...spanOf(kind, chance, from * MINUTE, to * MINUTE));
  }
  return faults;
}

function spanOf(kind: string, chance: Chance, from: number, to: number): readonly PlannedFault[] {
  switch (kind) {
    case 'kill':
      return [
        { at: from, kind: 'kill' },
        { at: to, kind: 'start' },
      ];
    case 'console':
      return [
        { at: from, kind: 'console', health: 'off' },
        { at: from + (to - from) * (0.5 + chance() * 0.4), kind: 'console', health: 'starting' },
        { at: to, kind: 'console', health: 'well' },
      ];
    case 'disk':
      return [
        { at: from, kind: 'disk', isFull: true },
        { at: to, kind: 'disk', isFull: false },
      ];
    default: {
      const exporter = kind === 'a' ? 'a' : 'b';
      return [
        { at: from, kind: 'exporter', exporter, state: chance() < 0.5 ? 'busy' : 'broken' },
        { at: to, kind: 'exporter', exporter, state: 'well' },
      ];
    }
  }
}
