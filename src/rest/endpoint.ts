import { ConfigurationError, ConsoleError } from '../base/errors/errors.ts';

/** HMC V11 and later answer on 443, older ones and NovaLink on 12443 (docs/reference/console-api.md#ports). */
const HTTPS_PORTS = [443, 12443];
const NOVALINK_LOCAL_PORT = 12080;

/** Where a console is. */
export interface Endpoint {
  /** As configured, without user information, path and query. */
  readonly text: string;
  /** Host and port as configured, for messages. */
  readonly host: string;
  /** Host name or address, without brackets. */
  readonly address: string;
  /** Base URLs to try in turn, until one answers. */
  readonly candidates: readonly string[];
  readonly isLoopback: boolean;
}

/**
 * @param given without a scheme it means HTTPS
 * @throws {ConfigurationError} for what is not the address of a console
 * @throws {ConsoleError} `POWERVM_CLEAR_TEXT_REFUSED` for http:// to another machine
 */
export function parseEndpoint(given: string, allowClearText: boolean): Endpoint {
  const text = withScheme(given);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `'${withoutUserInformation(text)}' is not the address of a console: expected https://host[:port]`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `${url.host}: user and password do not belong into the address; use username and password`,
    );
  }
  if (hasPath(url)) {
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `${url.host}: a console has no path in its address: ${url.protocol}//${url.host}`,
    );
  }
  const address = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isLoopback = isLoopbackAddress(address);
  if (url.protocol === 'http:' && !isLoopback && !allowClearText) {
    throw new ConsoleError(
      'POWERVM_CLEAR_TEXT_REFUSED',
      `${url.host}: http:// to another machine would carry the password in clear text`,
      { context: { console: url.host } },
    );
  }
  const hasPort = /^[a-z]+:\/\/(\[[^\]]*\]|[^/:]*):\d+/i.test(text);
  const ports = url.protocol === 'https:' ? HTTPS_PORTS : [NOVALINK_LOCAL_PORT];
  return {
    text: `${url.protocol}//${url.host}`,
    host: url.host,
    address,
    isLoopback,
    candidates: hasPort ? [url.origin] : ports.map((port) => `${url.protocol}//${url.hostname}:${port}`),
  };
}

/** What is written without a scheme means HTTPS. */
export function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
}

/** Whether more than a console is in its address: an address copied from a browser, most often. */
export function hasPath({ pathname, search, hash }: URL): boolean {
  return pathname !== '/' || search !== '' || hash !== '';
}

/** Whether a host name or address is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  if (process.getBuiltinModule('node:net').isIP(address) === 4) return address.startsWith('127.');
  return address === 'localhost' || address === '::1' || address.endsWith('.localhost');
}

function withoutUserInformation(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}
