import type { PartitionIdentity, PartitionPoints } from '../intervals/partition-points.ts';
import { locationOf } from '../meters/meter-readings.ts';

const PROCESSOR_COUNT = 'powervm.lpar.cpu.virtual_processor.count';
const DEDICATED_COUNT = 'powervm.lpar.cpu.dedicated_processor.count';
const STATUS = 'powervm.lpar.status';
const ADAPTER_LINK = 'powervm.lpar.adapter.link';

/** Metrics that are read beside those of the meters: for {@link partitionFacts}, and whether a partition is off. */
export const factMetrics: readonly string[] = [PROCESSOR_COUNT, DEDICATED_COUNT, ADAPTER_LINK, STATUS];

/** Metadata of a partition beside its meters, as far as points provide them. */
export interface PartitionFacts {
  readonly identity: PartitionIdentity;
  readonly virtualProcessors: number | undefined;
  /** By location of the adapter. */
  readonly macs: ReadonlyMap<string, string>;
}

/** The information of a batch added to what was known before, so that an adapter keeps its address. */
export function partitionFacts(
  { identity, metrics }: PartitionPoints,
  before: PartitionFacts | undefined,
): PartitionFacts {
  const count = (metrics.get(PROCESSOR_COUNT) ?? metrics.get(DEDICATED_COUNT))?.at(-1)?.value;
  const virtualProcessors = count ?? before?.virtualProcessors;
  const links = metrics.get(ADAPTER_LINK) ?? [];
  const news = links.flatMap((point) => {
    const mac = point.attributes['powervm.adapter.mac'];
    const location = locationOf(point);
    return typeof mac === 'string' && before?.macs.get(location) !== mac ? [[location, mac] as const] : [];
  });
  const isSame =
    before && news.length === 0 && virtualProcessors === before.virtualProcessors && isEqual(identity, before.identity);
  // The same object as long as nothing changed: metadata are made once for it.
  return isSame ? before : { identity, virtualProcessors, macs: new Map([...(before?.macs ?? []), ...news]) };
}

function isEqual(left: PartitionIdentity, right: PartitionIdentity): boolean {
  return (
    left.name === right.name && left.systemName === right.systemName && left.operatingSystem === right.operatingSystem
  );
}
