import { allPartitions } from '../../estate/counters.ts';
import type { SimulatedPartition, SimulatedSystem } from '../../estate/model.ts';
import type { SimulatedResponse } from '../response.ts';
import { acceptsJson, type Call, get, type Route, SYSTEM, system, UOM, UUID } from '../route.ts';
import { inventoryEntryResponse, inventoryFeed, refusal, refuse } from './atom-text.ts';
import {
  ethernetObject,
  findPartition,
  logicalPortObject,
  partitionObject,
  partitionQuick,
  systemObject,
  systemQuick,
} from './inventory-objects.ts';

const KIND = '(?<kind>LogicalPartition|VirtualIOServer)';

/** The inventory: feeds, entries and quick JSON (docs/reference/console-api.md#inventory). */
export const inventoryRoutes: readonly Route[] = [
  get(`${UOM}/ManagedSystem/quick/All`, (call) => quick(call, call.state.systems.map(systemQuick))),
  get(`${UOM}/ManagedSystem/${SYSTEM}/quick`, (call) => {
    const { UUID: _, ...rest } = systemQuick(system(call));
    return quick(call, rest);
  }),
  get(`${UOM}/ManagedSystem`, (call) => feed(call, call.state.systems.map(systemObject))),
  get(`${UOM}/ManagedSystem/${SYSTEM}`, (call) =>
    inventoryEntryResponse(call.state.base(), `${UOM}/ManagedSystem`, systemObject(system(call))),
  ),
  get(`${UOM}/ManagedSystem/${SYSTEM}/${KIND}/quick/All`, (call) =>
    quick(
      call,
      members(system(call), call).map((partition) => partitionQuick(partition, system(call), call.state.base())),
    ),
  ),
  get(`${UOM}/ManagedSystem/${SYSTEM}/${KIND}`, (call) => feed(call, members(system(call), call).map(partitionObject))),
  get(`${UOM}/${KIND}/quick/All`, (call) =>
    quick(
      call,
      call.state.systems.flatMap((owner) =>
        members(owner, call).map((partition) => partitionQuick(partition, owner, call.state.base())),
      ),
    ),
  ),
  get(`${UOM}/${KIND}`, (call) =>
    feed(
      call,
      call.state.systems.flatMap((owner) => members(owner, call).map(partitionObject)),
    ),
  ),
  get(`${UOM}/${KIND}/(?<partition>${UUID})`, (call) =>
    inventoryEntryResponse(call.state.base(), `${UOM}/${call.groups.kind}`, partitionObject(partition(call))),
  ),
  get(`${UOM}/${KIND}/(?<partition>${UUID})/ClientNetworkAdapter`, (call) => {
    const owner = partition(call);
    return feed(
      call,
      owner.ethernet.map((adapter) => ethernetObject(owner, adapter)),
    );
  }),
  get(`${UOM}/${KIND}/(?<partition>${UUID})/SRIOVEthernetLogicalPort`, (call) => {
    const owner = partition(call);
    return feed(
      call,
      owner.logicalPorts.map((port) => logicalPortObject(owner, port)),
    );
  }),
];

function partition({ state, request, groups }: Call): SimulatedPartition {
  const id = groups.partition ?? '';
  return findPartition(state.systems, id) ?? refuse(404, request.path, `There is no partition ${id}.`);
}

/** Partitions of the kind that the path names: VIOSes are not among the logical partitions. */
function members(owner: SimulatedSystem, { groups }: Call): readonly SimulatedPartition[] {
  return allPartitions(owner).filter(({ kind }) => (kind === 'vios') === (groups.kind === 'VirtualIOServer'));
}

function feed({ state, request }: Call, objects: Parameters<typeof inventoryFeed>[2]): SimulatedResponse {
  return inventoryFeed(state.base(), request.path, objects);
}

function quick(call: Call, value: unknown): SimulatedResponse {
  if (!acceptsJson(call)) return refusal(406, call.request.path, 'The media type is not acceptable.');
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
