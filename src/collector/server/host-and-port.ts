import { ConfigurationError } from '../../base/errors/errors.ts';

export interface HostAndPort {
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID`
 */
export function parseHostAndPort(text: string): HostAndPort {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `'${text}' is not an address to listen on: host:port`);
  }
  return { host, port };
}
