import { normalizeUuid } from '../../base/text/uuid.ts';
import type { Flavor, Instance, InstanceImage } from '../instances/instance.ts';

type Content = Readonly<Record<string, unknown>>;

/** An entry of Nova's `servers/detail`. */
export interface ListedServer {
  readonly instance: Instance;
  /** Lists of changes include deleted ones. */
  readonly isDeleted: boolean;
  /** When it was changed last, by Nova's clock; milliseconds since 1970. */
  readonly updatedAt: number | undefined;
}

/** Reads an entry; `undefined` for what is no server. Extensions that the account may not see are absent. */
export function readServer(content: unknown): ListedServer | undefined {
  if (!isMap(content) || typeof content.id !== 'string') return undefined;
  const status = text(content.status);
  const vmState = text(content['OS-EXT-STS:vm_state']);
  return {
    isDeleted: status === 'DELETED' || status === 'SOFT_DELETED' || vmState === 'deleted',
    updatedAt: timeOf(content.updated),
    instance: {
      id: normalizeUuid(content.id),
      name: text(content.name) ?? content.id,
      instanceName: text(content['OS-EXT-SRV-ATTR:instance_name']),
      projectId: text(content.tenant_id),
      userId: text(content.user_id),
      host: text(content['OS-EXT-SRV-ATTR:host']),
      hostId: text(content.hostId),
      status,
      vmState,
      taskState: text(content['OS-EXT-STS:task_state']),
      availabilityZone: text(content['OS-EXT-AZ:availability_zone']),
      createdAt: text(content.created),
      launchedAt: text(content['OS-SRV-USG:launched_at']),
      image: readImage(content.image),
      flavor: readFlavor(content.flavor),
      metadata: texts(content.metadata) ?? {},
    },
  };
}

/**
 * A flavor as it is in a server since microversion 2.47 (`original_name`, no id), as it stood there before (only
 * the id), or as the list of flavors has it.
 */
export function readFlavor(content: unknown): Flavor | undefined {
  if (!isMap(content)) return undefined;
  return {
    id: text(content.id),
    name: text(content.original_name) ?? text(content.name),
    vcpus: number(content.vcpus),
    ram: number(content.ram),
    disk: number(content.disk),
    ephemeral: number(content.ephemeral ?? content['OS-FLV-EXT-DATA:ephemeral']),
    // An empty text is how the list of flavors writes none, until microversion 2.75.
    swap: content.swap === '' ? 0 : number(content.swap),
    extraSpecs: texts(content.extra_specs),
  };
}

/** An empty text for an instance that boots from a volume. */
function readImage(content: unknown): InstanceImage | undefined {
  if (!isMap(content) || typeof content.id !== 'string') return undefined;
  const [link] = Array.isArray(content.links) ? content.links : [];
  return { id: content.id, link: isMap(link) ? text(link.href) : undefined };
}

function texts(content: unknown): Readonly<Record<string, string>> | undefined {
  if (!isMap(content)) return undefined;
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, String(value)]));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isMap(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
