import { parseRaw, type RawObject, textAt } from './raw-json.ts';
import type { Instant, Served } from './story.ts';

/**
 * What the console's inventory answered, and when. The product asks for it after the samples, so that an instant knows
 * what was answered before its document was.
 */
export interface InventoryResponses {
  readonly virtualProcessors: (instant: Instant, partitionId: string) => number | undefined;
  readonly dedicatedProcessors: (instant: Instant, partitionId: string) => number | undefined;
  readonly operatingSystem: (instant: Instant, partitionId: string) => string | undefined;
  /** Notes every adapter of every instant, oldest first: a response from before it was there does not list it. */
  readonly noteSeen: (instant: Instant, location: string) => void;
  /** Whether an adapter was asked for: what describes it is not said before. */
  readonly isAsked: (instant: Instant, partitionId: string, kind: AdapterKind, location: string) => boolean;
  readonly mac: (instant: Instant, partitionId: string, location: string) => string | undefined;
  readonly firmware: (systemId: string) => string | undefined;
}

type AdapterKind = 'ClientNetworkAdapter' | 'SRIOVEthernetLogicalPort';

interface Answer<Value> {
  readonly at: number;
  readonly value: Value;
}

export function readInventory(served: readonly Served[]): InventoryResponses {
  const partitions: Answer<{ readonly systemId: string; readonly list: ReadonlyMap<string, RawObject> }>[] = [];
  const systems = new Map<string, RawObject>();
  const adapters: Answer<{ readonly owner: string; readonly kind: string; readonly macs: Map<string, string> }>[] = [];
  for (const [at, { path, text }] of served.entries()) {
    const [, systemId] = /\/ManagedSystem\/([^/]+)\/\w+\/quick\/All$/.exec(path) ?? [];
    if (/\/ManagedSystem\/quick\/All$/.test(path)) {
      for (const system of listOf(text)) systems.set(textAt(system, 'UUID')?.toLowerCase() ?? '', system);
    } else if (systemId !== undefined) {
      const found = listOf(text).map(
        (partition) => [textAt(partition, 'UUID')?.toLowerCase() ?? '', partition] as const,
      );
      partitions.push({ at, value: { systemId: systemId.toLowerCase(), list: new Map(found) } });
    }
    const [, owner, kind = ''] = /\/([^/]+)\/(ClientNetworkAdapter|SRIOVEthernetLogicalPort)$/.exec(path) ?? [];
    if (owner !== undefined) adapters.push({ at, value: { owner: owner.toLowerCase(), kind, macs: readMacs(text) } });
  }
  const firstSeen = new Map<string, number>();
  const partitionAt = (instant: Instant, id: string) =>
    partitions
      .filter(({ at, value }) => at < instant.servedAt && value.systemId === instant.systemId && value.list.has(id))
      .at(-1)
      ?.value.list.get(id);
  return {
    virtualProcessors: (instant, id) => {
      const partition = partitionAt(instant, id);
      const count = Number(partition?.AllocatedVirtualProcessors);
      return partition && partition.HasDedicatedProcessors !== 'true' && count > 0 ? count : undefined;
    },
    dedicatedProcessors: (instant, id) => {
      const partition = partitionAt(instant, id);
      const count = Number(partition?.CurrentProcessors);
      return partition?.HasDedicatedProcessors === 'true' && count > 0 ? count : undefined;
    },
    operatingSystem: (instant, id) => {
      const partition = partitionAt(instant, id);
      return partition && textAt(partition, 'OperatingSystemVersion');
    },
    noteSeen: ({ servedAt }, location) => {
      if (!firstSeen.has(location)) firstSeen.set(location, servedAt);
    },
    isAsked: ({ servedAgainAt }, id, kind, location) => {
      const since = firstSeen.get(location) ?? servedAgainAt;
      const answers = adapters.filter(({ at, value }) => at < servedAgainAt && value.owner === id);
      const attempts = answers.filter(({ value }) => value.kind === kind);
      const isSettled = attempts.length >= 2 && attempts.some(({ at }) => at > since);
      return isSettled || answers.some(({ value }) => value.macs.has(location));
    },
    mac: ({ servedAgainAt }, id, location) =>
      adapters
        .filter(({ at, value }) => at < servedAgainAt && value.owner === id && value.macs.has(location))
        .at(-1)
        ?.value.macs.get(location),
    firmware: (id) => {
      const system = systems.get(id);
      return system && textAt(system, 'ActivatedServicePackNameAndLevel');
    },
  };
}

function listOf(text: string): readonly RawObject[] {
  return parseRaw(`{"list":${text}}`).list as readonly RawObject[];
}

/** By location, `fa:16:3e:00:00:01`. The one in use is beside the configured one. */
function readMacs(text: string): Map<string, string> {
  const macs = new Map<string, string>();
  for (const [entry] of text.matchAll(/<entry>.*?<\/entry>/gs)) {
    const element = (name: string) => new RegExp(`<${name}[^>]*>([^<]*)<`).exec(entry)?.[1];
    const location = element('LocationCode');
    const mac = element('CurrentMACAddress') ?? element('MACAddress');
    if (location !== undefined && mac !== undefined) {
      macs.set(location, (mac.toLowerCase().match(/../g) ?? []).join(':'));
    }
  }
  return macs;
}
