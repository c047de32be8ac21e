import type { JsonObject, JsonValue } from '../../samples/sample.ts';

/** An attribute of a resource: the paths in a sample's metadata that it may come from, the first that is there wins. */
export type GnocchiAttributes = Readonly<Record<string, readonly (readonly string[])[]>>;

/** One kind of resource in Gnocchi, and which meters belong to it. */
export interface GnocchiResourceDefinition {
  readonly type: string;
  readonly attributes: GnocchiAttributes;
  /** Name of the meter → archive policy of its metric. */
  readonly meters: ReadonlyMap<string, string>;
}

export interface GnocchiArchivePolicy {
  readonly name: string;
  readonly aggregation_methods: readonly string[];
  /** Blocks of the coarsest granularity, before the present one, into which late points are taken. */
  readonly back_window: number;
  readonly definition: readonly { readonly granularity: string; readonly timespan: string }[];
}

/** What is stored, and how. */
export interface GnocchiDefinitions {
  readonly resources: readonly GnocchiResourceDefinition[];
  readonly archivePolicies: readonly GnocchiArchivePolicy[];
}

export const LOW = 'ceilometer-low';
/** With `rate:mean`, the difference between consecutive points: what counters are read by. */
const RATE = 'ceilometer-low-rate';

const metadata = (...keys: string[]) => keys.map((key) => key.split('.'));

const hostDevice = { host_name: metadata('host_name'), device_name: metadata('device_name') };

/**
 * Meters, types and attributes of Ceilometer's own gnocchi_resources.yaml
 * (docs/reference/openstack-formats.md#gnocchi-which-meter-goes-where): those of the present releases, and of the
 * meters that are gone the ones that Ceilometer stored until Rocky. Rates and deltas of networks are not stored, as
 * there: `rate:mean` of the counter says the same.
 */
const resourceDefinitions: readonly GnocchiResourceDefinition[] = [
  {
    type: 'instance',
    attributes: {
      host: metadata('instance_host', 'host'),
      image_ref: metadata('image_ref'),
      launched_at: metadata('launched_at'),
      created_at: metadata('created_at'),
      deleted_at: metadata('deleted_at'),
      display_name: metadata('display_name'),
      flavor_id: metadata('instance_flavor_id', 'flavor.id', 'flavor_id'),
      flavor_name: metadata('instance_type', 'flavor.name', 'flavor_name'),
      server_group: metadata('user_metadata.server_group'),
    },
    meters: policies({
      [LOW]: [
        ...['memory', 'memory.usage', 'memory.available', 'memory.resident', 'memory.swap.in', 'memory.swap.out'],
        ...['vcpus', 'power.state', 'disk.root.size', 'disk.ephemeral.size', 'cpu_util'],
        ...['disk.latency', 'disk.iops', 'disk.capacity', 'disk.allocation', 'disk.usage'],
        ...['disk.read.bytes.rate', 'disk.write.bytes.rate', 'disk.read.requests.rate', 'disk.write.requests.rate'],
      ],
      [RATE]: ['cpu', 'disk.read.bytes', 'disk.write.bytes', 'disk.read.requests', 'disk.write.requests'],
    }),
  },
  {
    type: 'instance_disk',
    attributes: { name: metadata('disk_name'), instance_id: metadata('instance_id') },
    meters: policies({
      [LOW]: [
        ...['disk.device.iops', 'disk.device.latency', 'disk.device.read.latency', 'disk.device.write.latency'],
        ...['disk.device.capacity', 'disk.device.allocation', 'disk.device.usage'],
        ...['disk.device.read.bytes.rate', 'disk.device.write.bytes.rate'],
        ...['disk.device.read.requests.rate', 'disk.device.write.requests.rate'],
      ],
      [RATE]: [
        ...['disk.device.read.bytes', 'disk.device.write.bytes'],
        ...['disk.device.read.requests', 'disk.device.write.requests'],
      ],
    }),
  },
  {
    type: 'instance_network_interface',
    attributes: { name: metadata('vnic_name'), instance_id: metadata('instance_id') },
    meters: policies({
      [RATE]: ['incoming', 'outgoing'].flatMap((direction) =>
        ['bytes', 'packets', 'packets.drop', 'packets.error'].map((kind) => `network.${direction}.${kind}`),
      ),
    }),
  },
  // Types of Ceilometer's SNMP days; no definition of today names them.
  {
    type: 'host',
    attributes: { host_name: metadata('host_name') },
    meters: policies({ [LOW]: ['hardware.cpu.util', 'hardware.memory.total', 'hardware.memory.used'] }),
  },
  {
    type: 'host_disk',
    attributes: hostDevice,
    meters: policies({
      [RATE]: ['read.bytes', 'write.bytes', 'read.requests', 'write.requests'].map((kind) => `hardware.disk.${kind}`),
    }),
  },
  {
    type: 'host_network_interface',
    attributes: hostDevice,
    meters: policies({ [RATE]: ['hardware.network.incoming.bytes', 'hardware.network.outgoing.bytes'] }),
  },
];

/**
 * What Ceilometer creates at its first publish (docs/reference/openstack-formats.md#gnocchi-archive-policies), as far
 * as the definitions above use it.
 */
const stockArchivePolicies: readonly GnocchiArchivePolicy[] = [
  policy(LOW, ['mean'], 0, { granularity: '5 minutes', timespan: '30 days' }),
  policy(RATE, ['mean', 'rate:mean'], 0, { granularity: '5 minutes', timespan: '30 days' }),
];

export const stockDefinitions: GnocchiDefinitions = {
  resources: resourceDefinitions,
  archivePolicies: stockArchivePolicies,
};

/**
 * For every sample of PCM, and for those that come late: PCM keeps half an hour, and twelve blocks of five minutes
 * before the present one are an hour.
 */
const BACK_FILL = [
  { granularity: '30 seconds', timespan: '7 days' },
  { granularity: '5 minutes', timespan: '30 days' },
] as const;
const BACK_FILL_BLOCKS = 12;

/** By name of the stock policy that each is in for. */
export const backFillArchivePolicies: ReadonlyMap<string, GnocchiArchivePolicy> = new Map([
  [LOW, policy('otel-powervm-30s', ['mean'], BACK_FILL_BLOCKS, ...BACK_FILL)],
  [RATE, policy('otel-powervm-30s-rate', ['mean', 'rate:mean'], BACK_FILL_BLOCKS, ...BACK_FILL)],
]);

/** Attributes of a resource, out of the metadata of a sample. What is null or not there is left out. */
export function attributesOf(
  { attributes }: GnocchiResourceDefinition,
  resourceMetadata: JsonObject,
): Readonly<Record<string, JsonValue>> {
  const found: Record<string, JsonValue> = {};
  for (const [name, paths] of Object.entries(attributes)) {
    for (const path of paths) {
      const value = valueAt(resourceMetadata, path);
      if (value === undefined || value === null) continue;
      found[name] = value;
      break;
    }
  }
  return found;
}

function valueAt(content: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = content;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

function policies(metersByPolicy: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(metersByPolicy).flatMap(([name, meters]) => meters.map((meter) => [meter, name] as const)),
  );
}

function policy(
  name: string,
  methods: readonly string[],
  backWindow: number,
  ...definition: GnocchiArchivePolicy['definition']
): GnocchiArchivePolicy {
  return { name, aggregation_methods: methods, back_window: backWindow, definition };
}
