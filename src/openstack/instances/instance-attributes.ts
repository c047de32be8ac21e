import type { PointAttributes } from '../../metrics/index.ts';
import type { Instance } from './instance.ts';
import type { InstanceDirectory } from './instance-directory.ts';

const NO_INSTANCE: PointAttributes = {};

/**
 * Attributes for the Resource of a partition that is an instance, to be passed as `partitionAttributes` of the metric
 * options. A partition that is none, is not known yet or might be either of two gets none: absent is absent.
 */
export function instanceAttributes(
  directory: InstanceDirectory,
): (partition: { readonly id: string; readonly type?: string | undefined }) => PointAttributes {
  // Instances are reported with every sample: their attributes are made once.
  const known = new WeakMap<Instance, PointAttributes>();
  return ({ id, type }) => {
    // A VIOS is never an instance: Nova need not be asked.
    if (type === 'vios') return NO_INSTANCE;
    const match = directory.match(id);
    if (match.kind !== 'instance') return NO_INSTANCE;
    const attributes = known.get(match.instance) ?? attributesOf(match.instance);
    known.set(match.instance, attributes);
    return attributes;
  };
}

function attributesOf({ id, name, projectId, userId }: Instance): PointAttributes {
  return {
    'openstack.instance.id': id,
    'openstack.instance.name': name,
    ...(projectId === undefined ? {} : { 'openstack.project.id': projectId }),
    ...(userId === undefined ? {} : { 'openstack.user.id': userId }),
  };
}
