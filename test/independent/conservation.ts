import type { ReceivedPoint } from '../helpers/otlp-sink/index.ts';

/**
 * What goes in comes out: for each shared pool, Σ consumed of the capped and uncapped partitions and VIOSes with its
 * `powervm.pool.id` (on `powervm.lpar.info`) is what the hypervisor says that the pool used. Dedicated partitions are in no pool; what they donate
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

interface Member {
  readonly id: string;
  readonly consumed: number | undefined;
  /** More it cannot have used. */
  readonly most: number;
}

export function checkConservation(points: readonly ReceivedPoint[]): Conservation {
  const complaints: string[] = [];
  const instants = byInstant(points);
  const before = new Map<string, readonly Member[]>();
  let balanced = 0;
  let open = 0;
  const pools = points.filter(({ metric }) => metric === 'powervm.shared_pool.cpu.limit');
  for (const pool of pools.sort((left, right) => Number(left.timeUnixNano - right.timeUnixNano))) {
    const key = `${pool.resource['powervm.system.id']} ${pool.attributes['powervm.pool.id']}`;
    const present = instants.get(instantOf(pool)) ?? [];
    const members = membersOf(pool, present);
    const gone = (before.get(key) ?? []).filter(({ id }) => !members.some((member) => member.id === id));
    before.set(key, members);
    const used = present.find(
      (point) =>
        point.metric === 'powervm.shared_pool.cpu.consumed' &&
        point.attributes['powervm.pool.id'] === pool.attributes['powervm.pool.id'],
    );
    if (!used) continue;
    const unknown = [...members.filter(({ consumed }) => consumed === undefined), ...gone];
    const rest = Number(used.value) - sum(members.map(({ consumed }) => consumed ?? 0));
    if (unknown.length > 0) open += 1;
    else balanced += 1;
    if (rest < -ROUNDING || rest > ROUNDING + sum(unknown.map(({ most }) => most))) {
      const when = new Date(Number(pool.timeUnixNano / 1_000_000n)).toISOString();
      const name = pool.attributes['powervm.pool.name'];
      complaints.push(`${when} ${name} used ${rest} more than its members, of which ${unknown.length} are unknown`);
    }
  }
  return { balanced, open, complaints };
}

function membersOf(pool: ReceivedPoint, points: readonly ReceivedPoint[]): readonly Member[] {
  const ofMembers = points.filter(
    ({ metric, value, attributes }) =>
      metric === 'powervm.lpar.info' &&
      Number(value) === 1 &&
      attributes['powervm.pool.id'] === pool.attributes['powervm.pool.id'] &&
      ['cap', 'uncap'].includes(String(attributes['powervm.lpar.sharing_mode'])),
  );
  const ids = new Set(ofMembers.map(({ resource }) => String(resource['powervm.lpar.id'])));
  return [...ids].map((id) => {
    const own = points.filter(({ resource }) => resource['powervm.lpar.id'] === id);
    const [consumed] = values(own, 'powervm.lpar.cpu.consumed');
    const [most = 0] = values(own, 'powervm.lpar.cpu.virtual_processor.max');
    return { id, consumed, most };
  });
}

/** A donating partition has its processors or lends them: consumed + donated = entitled, over any time. */
export function checkDonation(points: readonly ReceivedPoint[]): {
  readonly checked: number;
  readonly complaints: readonly string[];
} {
  const complaints: string[] = [];
  const instants = byInstant(points);
  let checked = 0;
  const donated = points.filter(({ metric, value }) => metric === 'powervm.lpar.cpu.donated.time' && value !== 0);
  for (const point of donated) {
    const own = (instants.get(instantOf(point)) ?? []).filter(
      (other) => other.resource['powervm.lpar.id'] === point.resource['powervm.lpar.id'],
    );
    const isPooled = own.some(
      ({ metric, attributes }) => metric === 'powervm.lpar.info' && attributes['powervm.pool.id'] !== undefined,
    );
    if (isPooled) continue;
    const used = sum(values(own, 'powervm.lpar.cpu.time'));
    const entitled = sum(values(own, 'powervm.lpar.cpu.entitled.time'));
    checked += 1;
    if (Math.abs(used + Number(point.value) - entitled) > entitled * 1e-9) {
      complaints.push(`${point.resource['powervm.lpar.name']}: ${used} + ${point.value} is not ${entitled}`);
    }
  }
  return { checked, complaints };
}

function byInstant(points: readonly ReceivedPoint[]): ReadonlyMap<string, readonly ReceivedPoint[]> {
  const instants = new Map<string, ReceivedPoint[]>();
  for (const point of points) {
    const known = instants.get(instantOf(point));
    if (known) known.push(point);
    else instants.set(instantOf(point), [point]);
  }
  return instants;
}

function instantOf({ timeUnixNano, resource }: ReceivedPoint): string {
  return `${timeUnixNano} ${resource['powervm.system.id']}`;
}

function values(points: readonly ReceivedPoint[], metric: string): number[] {
  return points.filter((point) => point.metric === metric).map(({ value }) => Number(value));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
