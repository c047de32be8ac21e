import type { PowerVmSimulator } from '../../../src/simulator/index.ts';
import { afterThisTest } from '../console.ts';
import { KeystoneServer } from './keystone.ts';
import { NovaServer } from './nova.ts';

/** A Keystone with a Nova in its catalog, both until the end of this test. */
export async function startCloud(): Promise<{ readonly keystone: KeystoneServer; readonly nova: NovaServer }> {
  const keystone = new KeystoneServer();
  const nova = new NovaServer(keystone);
  for (const { server } of [keystone, nova]) {
    await server.start();
    afterThisTest(() => server.stop());
  }
  keystone.add('compute', `${nova.server.url}/v2.1`);
  return { keystone, nova };
}

/** Lists every partition of a simulated console as an instance. */
export function listPartitions(nova: NovaServer, { systems }: Pick<PowerVmSimulator, 'systems'>): void {
  nova.entries = systems
    .flatMap(({ partitions }) => partitions)
    .map(({ id, name }) => ({ id, name, host: 'neo-1', flavor: 'p10.small', updated: nova.now }));
}
