export { EtcdClient, type KeyChange } from './client.ts';
export type { EtcdOptions } from './gateway.ts';
