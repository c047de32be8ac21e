import type { AgentOptions } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { ConfigurationError } from '../base/errors.ts';
import { readTextFile } from '../base/read-text-file.ts';
import type { Secret } from '../base/secret.ts';
import type { OtlpEncoding } from './request-encoding.ts';

export interface OtlpTlsOptions {
  /** File with the certificate authorities to trust, PEM. Without it Node's own are trusted. */
  readonly caFile?: string;
  /** Client certificate and key, PEM files. */
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverNameOverride?: string;
  readonly minVersion?: SecureVersion;
  /** Accepts any certificate. For a test on your own machine. */
  readonly insecureSkipVerify?: boolean;
}

export interface OtlpBatchExporterOptions {
  /** Base address; `/v1/metrics` is appended. Default `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Full address, used as it is, instead of `endpoint`. */
  readonly metricsEndpoint?: string;
  /** Default `proto`. */
  readonly encoding?: OtlpEncoding;
  /** Default `gzip`. */
  readonly compression?: 'gzip' | 'none';
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly tls?: OtlpTlsOptions;
  /** Milliseconds for one request with its quick retries. Default 30,000. */
  readonly timeout?: number;
  /** `delta` is converted here; the first delta of a series is dropped. Default `cumulative`. */
  readonly temporality?: 'cumulative' | 'delta';
  /** Largest body before compression, in bytes. Default 4 MiB; receivers refuse more than 20 MiB. */
  readonly maxRequestBytes?: number;
}

const METRICS_PATH = '/v1/metrics';

/** The address that requests go to. */
export function metricsUrl(options: OtlpBatchExporterOptions): string {
  const text =
    options.metricsEndpoint ?? `${(options.endpoint ?? 'http://localhost:4318').replace(/\/+$/, '')}${METRICS_PATH}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `OTLP endpoint '${text}' is not an http:// or https:// URL`);
  }
  return url.href;
}

/** TLS options in Node's words. Reads the named files once. */
export function agentOptions(tls: OtlpTlsOptions | undefined): AgentOptions {
  if (!tls) return { keepAlive: true };
  return {
    keepAlive: true,
    ...(tls.caFile === undefined ? {} : { ca: readTextFile(tls.caFile) }),
    ...(tls.certFile === undefined ? {} : { cert: readTextFile(tls.certFile) }),
    ...(tls.keyFile === undefined ? {} : { key: readTextFile(tls.keyFile) }),
    ...(tls.serverNameOverride === undefined ? {} : { servername: tls.serverNameOverride }),
    ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
    ...(tls.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  };
}
