import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { AgentOptions } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { ConfigurationError } from '../errors/errors.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { flag, fullText, type OptionRules, oneOf } from '../options/option-rules.ts';

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
  /** Accepts any certificate: a man in the middle can read passwords and tokens. */
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
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`, and `POWERVM_CONFIG_INVALID` for a file that holds something
 * else: the server would be blamed for it
 */
export function tlsAgentOptions(tls: TlsOptions = {}): AgentOptions {
  const ca = tls.caFile === undefined ? tls.ca : readCertificates(tls.caFile);
  const cert = tls.certFile === undefined ? undefined : readCertificates(tls.certFile);
  const key = tls.keyFile === undefined ? undefined : readKey(tls.keyFile, cert, tls.certFile);
  return {
    minVersion: tls.minVersion ?? 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverNameOverride === undefined ? {} : { servername: tls.serverNameOverride }),
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    ...(tls.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}

/**
 * The text of a file with certificates.
 * @throws {ConfigurationError} for a file that cannot be read, or whose first certificate is none
 */
export function readCertificates(file: string): string {
  const text = readTextFile(file);
  try {
    new X509Certificate(text);
    return text;
  } catch {
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `${file} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
      { context: { file } },
    );
  }
}

/**
 * The text of a file with the private key of a certificate.
 * @throws {ConfigurationError} for a file that cannot be read, holds no key, or the key of another certificate
 */
export function readKey(file: string, certificates: string | undefined, certificateFile: string | undefined): string {
  const text = readTextFile(file);
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey(text);
  } catch {
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `${file} holds no private key in PEM form that can be read without a passphrase`,
      { context: { file } },
    );
  }
  if (certificates !== undefined && !new X509Certificate(certificates).checkPrivateKey(key)) {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} is not the key of ${certificateFile}`, {
      context: { file },
    });
  }
  return text;
}
