export type { Flavor, Instance, InstanceImage } from './instance.ts';
export { instanceAttributes } from './instance-attributes.ts';
export { type InstanceDirectory, InstanceList, type InstanceMatch } from './instance-directory.ts';
