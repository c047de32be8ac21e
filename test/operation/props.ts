import net, { type AddressInfo, type Socket } from 'node:net';
import { PowerVmSimulator, type PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { KeystoneServer } from '../helpers/cloud/keystone.ts';
import { NovaServer } from '../helpers/cloud/nova.ts';
import { OtlpSink, type OtlpSinkOptions } from '../helpers/otlp-sink/index.ts';
import type { Props } from './row.ts';

/** A simulated console, as the value of `receivers:`. */
export async function powervm(
  { afterwards }: Props,
  options: PowerVmSimulatorOptions = {},
  console: { readonly password?: string; readonly tls?: string } = {},
): Promise<string> {
  const simulator = new PowerVmSimulator({ lpars: 3, vioses: 2, ...options });
  await simulator.start();
  afterwards(() => simulator.stop());
  return receiver(simulator.url, {
    username: simulator.username,
    password: console.password ?? simulator.password,
    ...(console.tls === undefined ? {} : { tls: console.tls }),
  });
}

export function receiver(endpoint: string, keys: Readonly<Record<string, string>>): string {
  const all = Object.entries(keys).map(([key, value]) => `, ${key}: ${value.startsWith('{') ? value : `'${value}'`}`);
  return `{ powervm: { collection_interval: 1s, consoles: [{ endpoint: '${endpoint}'${all.join('')} }] } }`;
}

export async function sink({ afterwards }: Props, options: OtlpSinkOptions = {}): Promise<string> {
  const started = await OtlpSink.start(options);
  afterwards(() => started.stop());
  return started.url;
}

/** A server that takes connections and lets none of them have an answer. */
export async function silentServer({ afterwards }: Props, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A Keystone whose catalog has a Nova; the value of `openstack:`. */
export async function cloud(
  { afterwards }: Props,
  { password, hasNova }: { readonly password: string; readonly hasNova: boolean },
): Promise<string> {
  const keystone = new KeystoneServer();
  const nova = new NovaServer(keystone);
  await keystone.server.start();
  await nova.server.start();
  keystone.add('compute', `${nova.server.url}/v2.1`);
  afterwards(() => keystone.server.stop());
  if (hasNova) afterwards(() => nova.server.stop());
  else await nova.server.stop();
  const names = 'username: u, user_domain_name: Default, project_name: x, project_domain_name: Default';
  return `{ auth: { auth_url: '${keystone.authUrl}', ${names}, password: '${password}' } }`;
}
