import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Secret } from '../../base/secrets/secret.ts';
import { isLoopbackAddress } from '../../rest/endpoint.ts';

export interface Rejection {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Looks at a request before anything is done for it. `undefined`: it may come in. */
export type RequestGuard = (request: IncomingMessage) => Rejection | undefined;

/**
 * For a server that asks for nothing. On loopback the name in the request must be this machine's own: a page of a
 * stranger in the same browser can make a name of its own point here (DNS rebinding), and would read along.
 */
export function allowLocalRequests(isLocal: boolean): RequestGuard {
  return ({ headers: { host } }) => {
    // A probe of HTTP/1.0 names no host, a browser always does.
    if (!isLocal || host === undefined || isLoopbackAddress(hostName(host))) return undefined;
    return { statusCode: 421, reason: 'this page is for localhost' };
  };
}

/** Asks for a token: as a bearer token, or, for browsers, as the password of any user. */
export function requireToken(token: Secret): RequestGuard {
  const expected = digest(token.reveal());
  return ({ headers: { authorization = '' } }) => {
    const [, scheme = '', value = ''] = /^(basic|bearer) +(\S+) *$/i.exec(authorization) ?? [];
    const given = scheme.toLowerCase() === 'basic' ? passwordOf(value) : value;
    const isKnown = scheme !== '' && timingSafeEqual(digest(given), expected);
    if (isKnown) return undefined;
    return {
      statusCode: 401,
      reason: 'a token is needed',
      headers: { 'WWW-Authenticate': 'Basic realm="otel-powervm", charset="UTF-8"' },
    };
  };
}

function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

function passwordOf(basic: string): string {
  const text = Buffer.from(basic, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** Of equal length whatever is given: comparing them takes equal time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
