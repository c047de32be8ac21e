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
