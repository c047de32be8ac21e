import { ConfigurationError } from '../base/errors.ts';
import { redactUrl, type Secret } from '../base/secret.ts';
import type { TlsOptions } from '../base/tls-options.ts';
import type { OtlpEncoding } from './request-encoding.ts';

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
  readonly tls?: TlsOptions;
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
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `OTLP endpoint '${redactUrl(text)}' is not an http:// or https:// URL`,
    );
  }
  return url.href;
}
