import type { AgentOptions } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { flag, fullText, type OptionRules, oneOf } from './option-rules.ts';
import { readTextFile } from './read-text-file.ts';

/** How the certificate of a server is checked, and which one is shown to it. By default against Node's own authorities. */
export interface TlsOptions {
  /** File with the certificate authority or the self-signed certificate of the server, PEM. */
  readonly caFile?: string;
  /** The same as text. */
  readonly ca?: string;
  /** Client certificate and key, PEM files. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name in the certificate, when it is not the host name of the address. */
  readonly serverNameOverride?: string;
  /** Default `TLSv1.2`. */
  readonly minVersion?: SecureVersion;
  /** OpenSSL cipher list, for servers with weak Diffie-Hellman keys: `DEFAULT:!DH`. */
  readonly ciphers?: string;
  /** Accepts any certificate: whoever sits in between reads passwords and tokens. */
  readonly insecureSkipVerify?: boolean;
}

export const tlsRules: OptionRules<TlsOptions> = {
  caFile: fullText,
  ca: fullText,
  certFile: fullText,
  keyFile: fullText,
  serverNameOverride: fullText,
  minVersion: oneOf('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'),
  ciphers: fullText,
  insecureSkipVerify: flag,
};

/**
 * TLS options in Node's words. Reads the named files once.
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`
 */
export function tlsAgentOptions(tls: TlsOptions = {}): AgentOptions {
  const ca = tls.caFile === undefined ? tls.ca : readTextFile(tls.caFile);
  return {
    minVersion: tls.minVersion ?? 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(tls.certFile === undefined ? {} : { cert: readTextFile(tls.certFile) }),
    ...(tls.keyFile === undefined ? {} : { key: readTextFile(tls.keyFile) }),
    ...(tls.serverNameOverride === undefined ? {} : { servername: tls.serverNameOverride }),
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    ...(tls.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}
