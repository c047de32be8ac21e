import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';

/**
 * What goes in comes out: for each shared pool, Σ consumed of the capped and uncapped partitions and VIOSes with its
 * `powervm.pool.id` is what the hypervisor says that the pool used. Dedicated partitions are in no pool; what they donate
 * is outside of what they consume.
 */
export interface Conservation {
  /** Pools at instants at which every member has a value. */
  readonly balanced: number;
  /** Pools at instants at which a member began, came or went, so that its own share is not known. */
  readonly open: number;
  readonly complaints: readonly string[];
}

/** Cycles are printed with fourteen digits: over half a minute that is some 10^-6 of a processor. */
const ROUNDING = 1e-5;
/** Of members whose share is not known; of a pool nobody can use more than this. */
const MOST = 1_000;

export function checkConservation(points: readonly ReceivedPoint[]): Conservation {
  const ofPartitions = points.filter(({ resource }) => resource['powervm.lpar.id'] !== undefined);
  const complaints: string[] = [];
  let balanced = 0;
  let open = 0;
  for (const pool of points.filter(({ metric }) => metric === 'powervm.shared_pool.cpu.consumed')) {
    const members = ofPartitions.filter(
      (point) =>
        isSameInstant(point, pool) &&
        point.resource['powervm.pool.id'] === pool.attributes['powervm.pool.id'] &&
        ['cap', 'uncap'].includes(String(point.resource['powervm.lpar.sharing_mode'])),
    );
    const known = values(members, 'powervm.lpar.cpu.consumed');
    const present = values(members, 'powervm.lpar.status').filter((value) => value === 1).length;
    const difference = Number(pool.value) - sum(known);
    const isOpen = known.length < present;
    if (isOpen) open += 1;
    else balanced += 1;
    if (difference < -ROUNDING || difference > (isOpen ? MOST : ROUNDING)) {
      const when = new Date(Number(pool.timeUnixNano / 1_000_000n)).toISOString();
      const name = pool.attributes['powervm.pool.name'];
      complaints.push(`${when} ${name} used ${pool.value}, its members ${sum(known)} (${known.length} of ${present})`);
    }
  }
  return { balanced, open, complaints };
}

/** A donating partition has its processors or lends them: consumed + donated = entitled, over any time. */
export function checkDonation(points: readonly ReceivedPoint[]): {
  readonly checked: number;
  readonly complaints: readonly string[];
} {
  const complaints: string[] = [];
  let checked = 0;
  const donated = points.filter(
    ({ metric, value, resource }) =>
      metric === 'powervm.lpar.cpu.donated.time' && value !== 0 && resource['powervm.pool.id'] === undefined,
  );
  for (const point of donated) {
    const own = points.filter(
      (other) => isSameInstant(other, point) && other.resource['powervm.lpar.id'] === point.resource['powervm.lpar.id'],
    );
    const used = sum(values(own, 'powervm.lpar.cpu.time'));
    const entitled = sum(values(own, 'powervm.lpar.cpu.entitled.time'));
    checked += 1;
    if (Math.abs(used + Number(point.value) - entitled) > entitled * 1e-9) {
      complaints.push(`${point.resource['powervm.lpar.name']}: ${used} + ${point.value} is not ${entitled}`);
    }
  }
  return { checked, complaints };
}

function isSameInstant(one: ReceivedPoint, other: ReceivedPoint): boolean {
  return (
    one.timeUnixNano === other.timeUnixNano && one.resource['powervm.system.id'] === other.resource['powervm.system.id']
  );
}

function values(points: readonly ReceivedPoint[], metric: string): number[] {
  return points.filter((point) => point.metric === metric).map(({ value }) => Number(value));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
