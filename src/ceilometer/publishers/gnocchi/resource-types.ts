/** An attribute of a resource type, as Gnocchi's API has it. */
type Attribute =
  | { readonly type: 'string'; readonly required: boolean; readonly min_length: 0; readonly max_length: 255 }
  | { readonly type: 'uuid' | 'datetime'; readonly required: boolean };

const text = (required: boolean): Attribute => ({ type: 'string', required, min_length: 0, max_length: 255 });
const time: Attribute = { type: 'datetime', required: false };
const instanceId: Attribute = { type: 'uuid', required: true };

/**
 * Resource types as `ceilometer-upgrade` makes them (docs/reference/openstack-formats.md#gnocchi-resource-types), for a
 * Gnocchi that no Ceilometer has been set up with.
 */
export const resourceTypes: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  instance: {
    display_name: text(true),
    host: text(true),
    flavor_id: text(true),
    flavor_name: text(true),
    image_ref: text(false),
    server_group: text(false),
    availability_zone: text(false),
    launched_at: time,
    created_at: time,
    deleted_at: time,
  },
  instance_disk: { name: text(true), instance_id: instanceId },
  instance_network_interface: { name: text(true), instance_id: instanceId },
  host: { host_name: text(true) },
  host_disk: { host_name: text(true), device_name: text(false) },
  host_network_interface: { host_name: text(true), device_name: text(false) },
};
