import type { Instance } from '../../openstack/index.ts';
import type { MeterValue } from '../intervals/interval-aggregation.ts';
import { hostMetadata, instanceMetadata, partitionMetadata } from './instance-metadata.ts';
import type { PartitionFacts } from './partition-information.ts';
import { type ResourceMetadata, resourceIdText, storableText } from './sample.ts';

/** What a sample is about. */
export interface SampledResource {
  readonly id: string;
  readonly metadata: ResourceMetadata;
}

interface KnownResources {
  readonly instance: Instance | undefined;
  readonly common: ResourceMetadata;
  readonly resources: Map<string, SampledResource>;
}

/**
 * Ids and metadata of instances and of their disks and interfaces
 * (docs/reference/openstack-formats.md#metadata-of-an-instance). Made once and reused as long as nothing about the
 * partition and its instance changes.
 */
export class SampledResources {
  readonly #reservedKeys: readonly string[];
  readonly #known = new WeakMap<PartitionFacts, KnownResources>();

  /** @param reservedKeys server metadata that go into `user_metadata` beside those with the prefix `metering.` */
  constructor(reservedKeys: readonly string[]) {
    this.#reservedKeys = reservedKeys;
  }

  /** @param instance `undefined` where no Nova speaks for partitions: the partition's UUID stands for the instance's */
  of({ partition, meter, subject }: MeterValue, instance: Instance | undefined): SampledResource {
    const { common, resources } = this.#knownOf(partition, instance);
    // Only this meter says how many virtual processors there are.
    const variant = meter.name === 'cpu' ? 'cpu' : meter.subject;
    const key = `${variant} ${subject}`;
    let resource = resources.get(key);
    if (!resource) {
      resource = createResource(variant, subject, common, partition, instance);
      resources.set(key, resource);
    }
    return resource;
  }

  #knownOf(partition: PartitionFacts, instance: Instance | undefined): KnownResources {
    const known = this.#known.get(partition);
    if (known && known.instance === instance) return known;
    const common = instance ? instanceMetadata(instance, this.#reservedKeys) : metadataOf(partition.identity);
    const fresh = { instance, common, resources: new Map<string, SampledResource>() };
    this.#known.set(partition, fresh);
    return fresh;
  }
}

function metadataOf(identity: PartitionFacts['identity']): ResourceMetadata {
  return identity.kind === 'instance' ? partitionMetadata(identity) : hostMetadata(identity);
}

function createResource(
  variant: 'cpu' | 'instance' | 'interface' | 'disk',
  subject: string,
  common: ResourceMetadata,
  { identity, virtualProcessors, macs }: PartitionFacts,
  instance: Instance | undefined,
): SampledResource {
  const id = instance?.id ?? identity.id;
  const name = storableText(subject);
  if (identity.kind !== 'instance') {
    if (subject === '') return { id, metadata: common };
    return { id: resourceIdText(`${id}.${subject}`), metadata: { ...common, device_name: name } };
  }
  switch (variant) {
    case 'instance':
      return { id, metadata: common };
    case 'cpu':
      return { id, metadata: virtualProcessors === undefined ? common : { ...common, cpu_number: virtualProcessors } };
    case 'disk':
      return { id: resourceIdText(`${id}-${subject}`), metadata: { ...common, disk_name: name } };
    case 'interface': {
      const mac = macs.get(subject);
      // `name` is that of the interface here, as in Ceilometer's own samples.
      const ofInterface = {
        name,
        ...(mac === undefined ? {} : { mac }),
        fref: null,
        parameters: null,
        vnic_name: name,
      };
      // Agents write `None-UUID-…` where Nova hides the name; a name that is not known is left out here.
      const prefix = instance?.instanceName === undefined ? '' : `${instance.instanceName}-`;
      return { id: resourceIdText(`${prefix}${id}-${subject}`), metadata: { ...common, ...ofInterface } };
    }
  }
}
