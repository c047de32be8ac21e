import { type Bridges, expectDisks, expectNetworkAdapters } from './adapters.ts';
import { expectFrame, expectStoragePools } from './frames.ts';
import { readInventory } from './inventory.ts';
import { expectPartitions } from './partitions.ts';
import { findHomes } from './placement.ts';
import { type Attributes, Expectations, type ExpectedPoint } from './point.ts';
import { listAt, objectAt } from './raw-json.ts';
import { expectResources } from './resources.ts';
import { type Instant, type Served, tellStory } from './story.ts';
import { expectVioses } from './vioses.ts';

export interface Expected {
  readonly instants: readonly Instant[];
  readonly points: readonly ExpectedPoint[];
  /** By owner and hypervisor time. */
  readonly resourceOf: (owner: string, time: number) => Attributes | undefined;
}

/**
 * Everything that must be exported of what a console served, computed from the raw documents alone, with the formulas
 * of docs/numbers.md. Nothing here comes from `src/`.
 */
export function expectedFrom(served: readonly Served[]): Expected {
  const instants = tellStory(served);
  findHomes(instants);
  const inventory = readInventory(served);
  const expectations = new Expectations();
  const resources: { readonly time: number; readonly of: ReadonlyMap<string, Attributes> }[] = [];
  const bridges = new Map<string, Bridges>();
  for (const instant of [...instants].sort((left, right) => left.time - right.time)) {
    const known: Bridges = bridges.get(instant.systemId) ?? new Map();
    bridges.set(instant.systemId, known);
    for (const [number, document] of instant.vioses) {
      if (listAt(objectAt(document.vios, 'network'), 'genericAdapters').length > 0) known.set(number, document);
    }
    if (!instant.isRepeated) {
      expectPartitions(instant, inventory, expectations);
      expectNetworkAdapters(instant, inventory, known, expectations);
    }
    expectDisks(instant, expectations);
    expectVioses(instant, expectations);
    if (!instant.isRepeated) expectFrame(instant, inventory, expectations);
    expectStoragePools(instant, expectations);
    resources.push({ time: instant.time, of: expectResources(instant) });
  }
  return {
    instants,
    points: expectations.points,
    resourceOf: (owner, time) => resources.find((other) => other.time === time && other.of.has(owner))?.of.get(owner),
  };
}
