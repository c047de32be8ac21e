export type { Flavor, Instance, InstanceImage } from './instances/instance.ts';
export { instanceAttributes } from './instances/instance-attributes.ts';
export { type InstanceDirectory, InstanceList, type InstanceMatch } from './instances/instance-directory.ts';
export { InstanceDiscovery, type InstanceDiscoveryOptions } from './instances/instance-discovery.ts';
export { OpenStackCloud, type OpenStackCloudOptions } from './openstack-cloud.ts';
export type { InstanceScope } from './services/nova-client.ts';
export type { CloudAuth, EndpointInterface } from './settings/cloud-settings.ts';
export type { OpenStackOptions } from './settings/resolve-cloud.ts';
