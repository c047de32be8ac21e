export { type Change, EtcdClient, type Guard, type KeyChange, type Lease } from './client.ts';
export type { EtcdOptions, EtcdRequest } from './gateway.ts';
export type { KeyValue } from './wire.ts';
