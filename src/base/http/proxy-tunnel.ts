import http from 'node:http';
import https from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import type { Secret } from '../secrets/secret.ts';

/** An HTTP proxy that tunnels with CONNECT: what goes through it stays between here and the server. */
export interface ProxyOptions {
  /** `http://host[:port]` or `https://host[:port]`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: Secret;
}

/** A proxy that did not let a connection through. */
class ProxyProblem extends Error {
  override readonly name = 'ProxyProblem';
  readonly code = 'ERR_PROXY';
}

/**
 * A connection to `host` through a proxy. Own code over `node:http`: https-proxy-agent hands the proxy's refusal to the
 * caller as if the server had sent it, where a 403 of a proxy would pass for a refused logon; hpagent has no time-out of
 * its own, writes IPv6 addresses without brackets, and does not say which proxy refused.
 * @param timeout milliseconds until the tunnel stands
 * @throws {ProxyProblem}
 */
export function openTunnel(
  { url, username, password }: ProxyOptions,
  { host, port }: { readonly host: string; readonly port: number },
  timeout: number,
): Promise<Socket> {
  const proxy = new URL(url);
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const credentials =
    username === undefined
      ? undefined
      : `Basic ${Buffer.from(`${username}:${password?.reveal() ?? ''}`).toString('base64')}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request({
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
      path: target,
      agent: false,
      headers: { host: target, ...(credentials === undefined ? {} : { 'proxy-authorization': credentials }) },
    });
    const timer = setTimeout(() => request.destroy(new Error('no answer came in time')), timeout);
    request.once('connect', (response, socket: Socket, head) => {
      clearTimeout(timer);
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      const reason = response.statusCode === 407 ? 'asks for a user name and password' : 'refused the connection';
      reject(new ProxyProblem(`the proxy ${proxy.host} ${reason} (${response.statusCode})`));
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(new ProxyProblem(`the proxy ${proxy.host} does not connect: ${error.message}`));
    });
    request.end();
  });
}
