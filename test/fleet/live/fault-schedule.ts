import { randomNumbers } from '../../helpers/random-numbers.ts';

export type MemberFault = 'kill' | 'stop' | 'cut' | 'restart';
export type EtcdFault = 'leader' | 'away';

/** One thing after the other that happens to a member, or to etcd. Milliseconds of real time. */
export interface ScheduledFault<Kind> {
  readonly kind: Kind;
  /** After the end of the one before. */
  readonly after: number;
  readonly lasts: number;
}

export interface FaultSchedule {
  readonly members: readonly (readonly ScheduledFault<MemberFault>[])[];
  readonly etcd: readonly ScheduledFault<EtcdFault>[];
}

const MEMBER_FAULTS: readonly MemberFault[] = ['kill', 'stop', 'cut', 'restart'];

/** The same for the same seed. Whatever has a schedule of its own suffers beside the others, so that faults mix. */
export function scheduleFaults(seed: number, members: number): FaultSchedule {
  const random = randomNumbers(seed);
  const between = (least: number, most: number) => Math.round(least + random() * (most - least));
  const ofMember = (): readonly ScheduledFault<MemberFault>[] =>
    Array.from({ length: 2 }, () => ({
      kind: MEMBER_FAULTS[between(0, MEMBER_FAULTS.length - 1)] ?? 'kill',
      after: between(3_000, 16_000),
      lasts: between(500, 11_000),
    }));
  return {
    members: Array.from({ length: members }, ofMember),
    etcd: [
      { kind: 'leader', after: between(2_000, 10_000), lasts: between(2_000, 8_000) },
      { kind: 'away', after: between(4_000, 10_000), lasts: between(1_000, 15_000) },
    ],
  };
}
