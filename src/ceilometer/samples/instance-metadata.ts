import type { Flavor, Instance } from '../../openstack/index.ts';
import type { PartitionIdentity } from '../intervals/partition-points.ts';
import { type ResourceMetadata, storableText } from './sample.ts';

/** Server metadata with this prefix go into `user_metadata` (`reserved_metadata_namespace` of Ceilometer). */
const USER_METADATA_PREFIX = 'metering.';
/** `reserved_metadata_length` of Ceilometer. */
const USER_METADATA_LENGTH = 256;

/** Properties of an image that are metadata of the instance as well. */
const OF_IMAGES = ['architecture', 'kernel_id', 'os_type', 'ramdisk_id'];

/**
 * Metadata of an instance as the compute agent writes them
 * (docs/reference/openstack-formats.md#metadata-of-an-instance): the same names in the same order. What Nova does not
 * say or hides is null where agents write null, and absent where they leave it out.
 */
export function instanceMetadata(instance: Instance, reservedKeys: readonly string[]): ResourceMetadata {
  const { image, flavor } = instance;
  return {
    display_name: storableText(instance.name),
    name: textOrNull(instance.instanceName),
    instance_id: instance.id,
    instance_type: textOrNull(flavor?.name),
    host: textOrNull(instance.hostId),
    instance_host: textOrNull(instance.host),
    flavor: flavor ? flavorMetadata(flavor) : null,
    status: (instance.status ?? '').toLowerCase(),
    state: textOrNull(instance.vmState),
    task_state: instance.taskState ?? '',
    image: image ? { id: image.id, ...(image.name === undefined ? {} : { name: storableText(image.name) }) } : null,
    image_ref: image?.id ?? null,
    image_ref_url: image?.link ?? null,
    ...imageMetadata(image),
    ...(instance.availabilityZone === undefined ? {} : { 'OS-EXT-AZ:availability_zone': instance.availabilityZone }),
    ...(flavor ? sizes(flavor) : {}),
    ...userMetadata(instance.metadata, reservedKeys),
  };
}

/** What the image says, and of it what agents have under names of its own. */
function imageMetadata(image: Instance['image']): ResourceMetadata {
  const properties = image?.properties;
  if (!image || !properties) return {};
  const texts = Object.entries(properties).map(([key, text]) => [storableText(key), storableText(text)] as const);
  const known = new Map(texts);
  const own = OF_IMAGES.flatMap((name) => (known.has(name) ? [[name, known.get(name) ?? ''] as const] : []));
  return { image_meta: { base_image_ref: image.id, ...Object.fromEntries(texts) }, ...Object.fromEntries(own) };
}

/**
 * The same for a partition that no Nova speaks for. Gnocchi makes no resource of an instance without a flavor: this one
 * is called `powervm`, so that it is not taken for one of the cloud.
 */
export function partitionMetadata(partition: PartitionIdentity): ResourceMetadata {
  const name = storableText(partition.name ?? partition.id);
  return {
    display_name: name,
    name,
    instance_id: partition.id,
    instance_type: 'powervm',
    host: storableText(partition.systemId ?? ''),
    instance_host: storableText(partition.systemName ?? partition.systemId ?? ''),
    flavor: { id: 'powervm', name: 'powervm' },
    image: null,
    image_ref: null,
    image_ref_url: null,
    ...(partition.operatingSystem === undefined ? {} : { os_type: partition.operatingSystem }),
  };
}

/** Metadata of a VIOS or of a frame, for Gnocchi's resource types of hosts. */
export function hostMetadata({ id, name, systemName }: PartitionIdentity): ResourceMetadata {
  return {
    host_name: storableText(name ?? id),
    system_name: systemName === undefined ? null : storableText(systemName),
  };
}

/**
 * Ids are text: a number makes Gnocchi refuse the resource (docs/reference/openstack-formats.md#what-harms-a-receiver).
 */
function flavorMetadata({ id, name, vcpus, ram, disk, ephemeral, swap, extraSpecs }: Flavor): ResourceMetadata {
  return {
    id: textOrNull(id),
    name: textOrNull(name),
    vcpus: vcpus ?? null,
    ram: ram ?? null,
    disk: disk ?? null,
    ephemeral: ephemeral ?? null,
    swap: swap ?? null,
    ...(extraSpecs === undefined ? {} : { extra_specs: extraSpecs }),
  };
}

function sizes(flavor: Flavor): ResourceMetadata {
  const { vcpus, ram, disk, ephemeral } = flavor;
  const root = rootDiskSize(flavor);
  return {
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(ram === undefined ? {} : { memory_mb: ram }),
    ...(disk === undefined ? {} : { disk_gb: disk }),
    ...(ephemeral === undefined ? {} : { ephemeral_gb: ephemeral }),
    ...(root === undefined ? {} : { root_gb: root }),
  };
}

/**
 * GiB. Nova's flavors have the ephemeral disk beside `disk`, which is the root disk alone, and Nova's own notifications
 * say so; the compute agent subtracts it once more and arrives at less than Nova bills.
 */
export function rootDiskSize({ disk }: Flavor): number | undefined {
  return disk;
}

function userMetadata(metadata: Instance['metadata'], reservedKeys: readonly string[]): ResourceMetadata {
  const pairs = Object.entries(metadata).flatMap(([key, text]) => {
    const isPrefixed = key.startsWith(USER_METADATA_PREFIX);
    if (!isPrefixed && !reservedKeys.includes(key)) return [];
    const name = (isPrefixed ? key.slice(USER_METADATA_PREFIX.length) : key).replaceAll('.', '_');
    return [[storableText(name), storableText(text, USER_METADATA_LENGTH)] as const];
  });
  return pairs.length === 0 ? {} : { user_metadata: Object.fromEntries(pairs) };
}

function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storableText(String(text));
}
