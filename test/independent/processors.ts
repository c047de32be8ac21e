import { minus, quotient } from './point.ts';
import { counterAt, listAt, numberAt, objectAt, type RawObject, uuidAt } from './raw-json.ts';
import { elapsedCycles, type Instant } from './story.ts';

/** What a partition did with processors since the instant before, in processors. Absent is `undefined`. */
export interface ProcessorUse {
  readonly consumed: number | undefined;
  readonly busy: number | undefined;
  readonly entitlement: number | undefined;
  readonly utilization: number | undefined;
  readonly consumedUtilization: number | undefined;
}

const CYCLE_COUNTERS = [
  'utilizedCappedProcCycles',
  'utilizedUnCappedProcCycles',
  'idleProcCycles',
  'donatedProcCycles',
  'entitledProcCycles',
] as const;

const NOTHING: ProcessorUse = {
  consumed: undefined,
  busy: undefined,
  entitlement: undefined,
  utilization: undefined,
  consumedUtilization: undefined,
};

export interface Listed {
  readonly element: RawObject;
  readonly isVios: boolean;
}

/** Partitions and VIOSes of an instant. One that is listed twice, with and without dashes, is as its last entry. */
export function everybody({ sample }: Instant): readonly Listed[] {
  const listed = [
    ...listAt(sample, 'lparsUtil').map((element) => ({ element, isVios: false })),
    ...listAt(sample, 'viosUtil').map((element) => ({ element, isVios: true })),
  ];
  return [...new Map(listed.map((one) => [uuidAt(one.element, 'uuid'), one] as const)).values()];
}

/** Those that this instant tells of. */
export function reportedPartitions(instant: Instant): readonly Listed[] {
  return everybody(instant).filter(({ element }) => instant.reported.has(uuidAt(element, 'uuid') ?? ''));
}

export function findPartition(instant: Instant | undefined, id: string | undefined): RawObject | undefined {
  return instant && everybody(instant).find(({ element }) => uuidAt(element, 'uuid') === id)?.element;
}

/**
 * docs/numbers.md#processor: consumed = (Δcapped + Δuncapped) ÷ T, busy without Δidle, entitlement = Δentitled ÷ T.
 * Nothing of it without a sample before, after a restart, and for a partition that has just arrived.
 */
export function processorUse(instant: Instant, element: RawObject, isMasked: boolean): ProcessorUse {
  const cycles = elapsedCycles(instant);
  const now = objectAt(element, 'processor');
  const before = findPartition(instant.before, uuidAt(element, 'uuid'));
  if (cycles === undefined || !before) return NOTHING;
  const earlier = objectAt(before, 'processor');
  if (hasRestarted(now, earlier) || (isUntouched(earlier) && !isUntouched(now))) return NOTHING;
  const delta = (name: (typeof CYCLE_COUNTERS)[number]) => minus(counterAt(now, name), counterAt(earlier, name));
  const capped = delta('utilizedCappedProcCycles');
  const uncapped = delta('utilizedUnCappedProcCycles');
  const consumed = capped === undefined || uncapped === undefined ? undefined : capped + uncapped;
  if (isMoreThanTheFrame(quotient(consumed, cycles), instant)) return NOTHING;
  const idle = isMasked ? undefined : delta('idleProcCycles');
  const busy = consumed === undefined || idle === undefined ? undefined : consumed - idle;
  const entitled = delta('entitledProcCycles');
  return {
    consumed: quotient(consumed, cycles),
    busy: quotient(busy, cycles),
    entitlement: quotient(entitled, cycles),
    utilization: quotient(busy, entitled),
    consumedUtilization: quotient(consumed, entitled),
  };
}

/**
 * docs/numbers.md#when-there-is-no-number: a VIOS that does not run, does not report, or has lost RMC shows no idle
 * time.
 */
export function isMasked({ vioses }: Instant, element: RawObject): boolean {
  if (element.state !== 'Running') return true;
  const document = vioses.get(Number(element.id));
  if (!document) return true;
  const errors = [...listAt(document.sample, 'errorInfo'), ...listAt(document.vios, 'errorInfo')];
  return errors.some(({ errId }) => errId === '4002' || errId === '4005');
}

export function hasRestarted(now: RawObject, before: RawObject): boolean {
  return CYCLE_COUNTERS.some((name) => (minus(counterAt(now, name), counterAt(before, name)) ?? 0) < 0);
}

/** All zero: switched off, or a placeholder of a migration that is coming. */
export function isUntouched(processor: RawObject): boolean {
  return CYCLE_COUNTERS.slice(0, 3).every((name) => (counterAt(processor, name) ?? 0n) === 0n);
}

/** A difference that is no work of this frame: of a partition that has come back with the cycles of another. */
function isMoreThanTheFrame(consumed: number | undefined, { sample }: Instant): boolean {
  const installed = numberAt(objectAt(sample, 'processor'), 'totalProcUnits') ?? Number.POSITIVE_INFINITY;
  return (consumed ?? 0) > installed * 1.1 + 1;
}
