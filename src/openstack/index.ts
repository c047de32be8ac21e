export { authenticationOf, type CloudAuth, type EndpointInterface } from './cloud-settings.ts';
export type { Flavor, Instance, InstanceImage } from './instance.ts';
export { instanceAttributes } from './instance-attributes.ts';
export { type InstanceDirectory, InstanceList, type InstanceMatch } from './instance-directory.ts';
export { InstanceDiscovery, type InstanceDiscoveryOptions } from './instance-discovery.ts';
export type { InstanceScope } from './nova-client.ts';
export { OpenStackCloud, type OpenStackCloudOptions } from './openstack-cloud.ts';
export type { OpenStackOptions } from './resolve-cloud.ts';
