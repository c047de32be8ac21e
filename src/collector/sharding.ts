import { ConfigurationError } from '../base/errors/errors.ts';
import { placement } from '../fleet/groups/placement.ts';
import { parseEndpoint } from '../rest/endpoint.ts';
import type { ConsoleConfig, ReceiverConfig } from './config/schema/receiver-schema.ts';

/**
 * What consoles are moved by as one: those of a `group` see the same systems, and are read by the same collector. A console
 * without one is alone.
 */
function groupOf(console: ConsoleConfig, index: number): string {
  return console.group ?? console.endpoint ?? `simulator ${index}`;
}

/** Endpoints by group, as consoles call themselves. */
export function groupsOf({ consoles }: ReceiverConfig): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [index, console] of consoles.entries()) {
    const group = groupOf(console, index);
    const endpoint = console.endpoint === undefined ? '' : parseEndpoint(console.endpoint, true).text;
    groups.set(group, [...(groups.get(group) ?? []), endpoint]);
  }
  return groups;
}

/**
 * The consoles that fall to a shard; all without one. Collectors with the same consoles and the same count agree.
 * @throws {ConfigurationError} when there is nothing for it to read
 */
export function consolesOfShard({ consoles, shard }: ReceiverConfig): readonly ConsoleConfig[] {
  if (shard === undefined) return consoles;
  const shards = Array.from({ length: shard.count }, (_, index) => String(index));
  const groups = new Set(consoles.map(groupOf));
  const places = placement([...groups].map((id) => ({ id, weight: undefined, owner: undefined, candidates: shards })));
  const own = consoles.filter((console, index) => places.get(groupOf(console, index)) === String(shard.index));
  if (own.length > 0) return own;
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `nothing falls to shard ${shard.index} of ${shard.count}: there are ${groups.size} consoles or groups of consoles to share`,
  );
}
