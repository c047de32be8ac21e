import http from 'node:http';
import https from 'node:https';
import { SERVER_NAME } from '../../collector/index.ts';

const PROBE_TIMEOUT_MS = 2_000;

/**
 * Whether a collector of ours answers at an address that cannot be listened on: then the port is in use legitimately.
 */
export async function isHeldByCollector(host: string, port: number): Promise<boolean> {
  // Every address of this machine is reached by loopback.
  const hostname = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return (await serverName(http, { hostname, port })) || (await serverName(https, { hostname, port }));
}

function serverName(
  { request }: Pick<typeof https, 'request'>,
  address: { readonly hostname: string; readonly port: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    // Only the server name in the response counts, and nothing sensitive is sent.
    const asked = request({ ...address, method: 'HEAD', agent: false, rejectUnauthorized: false }, ({ headers }) => {
      resolve(headers.server === SERVER_NAME);
      asked.destroy();
    });
    asked.setTimeout(PROBE_TIMEOUT_MS, () => asked.destroy(new Error('no answer came in time')));
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
