import { freePort } from './ports.ts';

/** What every process of a run must know of the cloud: plain data. */
export interface CloudSettings {
  /** Holds everything; removed at the end. */
  readonly directory: string;
  readonly ports: Readonly<Record<(typeof portNames)[number], number>>;
}

const portNames = [
  'postgresql',
  'amqp',
  'erlangDistribution',
  'erlangPortMapper',
  'keystone',
  'gnocchi',
  'gnocchiBasic',
  'gnocchiRemoteUser',
  'placement',
  'glance',
  'nova',
  'network',
  'aodh',
] as const;

/** Users of the broker and of Keystone, all on loopback and gone with the run. */
export const PASSWORD = 'only-for-the-test';
export const TELEMETRY_SECRET = 'secret-of-the-test';
export const BROKER_USER = 'openstack';
/** The user whom the web server in front of Gnocchi names, in remote-user mode. */
export const REMOTE_USER = 'admin';

export async function chooseSettings(directory: string): Promise<CloudSettings> {
  const ports = await Promise.all(portNames.map(async (name) => [name, await freePort()] as const));
  return { directory, ports: Object.fromEntries(ports) as CloudSettings['ports'] };
}

export function brokerUrl({ ports }: CloudSettings, password = PASSWORD): string {
  return `rabbit://${BROKER_USER}:${password}@127.0.0.1:${ports.amqp}/`;
}

export function keystoneUrl({ ports }: CloudSettings): string {
  return `http://127.0.0.1:${ports.keystone}/v3`;
}

export function gnocchiUrl({ ports }: CloudSettings): string {
  return `http://127.0.0.1:${ports.gnocchi}`;
}

export function novaUrl({ ports }: CloudSettings): string {
  return `http://127.0.0.1:${ports.nova}/v2.1`;
}

export function glanceUrl({ ports }: CloudSettings): string {
  return `http://127.0.0.1:${ports.glance}`;
}
