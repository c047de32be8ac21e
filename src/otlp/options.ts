import { diag } from '@opentelemetry/api';
import { getStringFromEnv } from '@opentelemetry/core';
import type { OTLPMetricExporterOptions } from '@opentelemetry/exporter-metrics-otlp-http';
import { CompressionAlgorithm, type OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { ConfigurationError, describeError } from '../base/errors/errors.ts';
import { type TlsOptions, tlsAgentOptions } from '../base/http/tls-options.ts';
import { redactUrl, Secret } from '../base/secrets/secret.ts';
import type { DeltaOptions } from './deltas/delta-export.ts';
import { type BodyCompression, bodyCompression, type OtlpCompression } from './encoding/body-compression.ts';
import type { OtlpEncoding } from './encoding/request-encoding.ts';

type StockOptions = Omit<OTLPExporterNodeConfigBase, 'headers' | 'compression'> &
  Pick<OTLPMetricExporterOptions, 'temporalityPreference' | 'aggregationPreference'>;

/**
 * The options of the stock exporter (`@opentelemetry/exporter-metrics-otlp-http`) and what this one adds. What is not
 * given comes from the `OTEL_EXPORTER_OTLP_…` variables, as there; what they do not say either has our defaults:
 * `timeoutMillis` 30,000 and gzip.
 *
 * `temporalityPreference` delta is converted here, so that the first delta of a series, a counter's whole life, is
 * left out.
 */
export interface OtlpBatchExporterOptions extends StockOptions, DeltaOptions {
  /** Base address; `/v1/metrics` is appended. `url` is the full address instead. */
  readonly endpoint?: string;
  /** Default `proto`. */
  readonly encoding?: OtlpEncoding;
  /** `zstd` where Node has it (22.15 and later), otherwise gzip with a warning. */
  readonly compression?: CompressionAlgorithm | OtlpCompression;
  /** Values, or a function that is asked before every request. */
  readonly headers?: Readonly<Record<string, string | Secret>> | (() => Promise<Record<string, string>>);
  /** TLS by files; `httpAgentOptions` wins where both say something. */
  readonly tls?: TlsOptions;
  /** Largest body before compression, in bytes. Default 4 MiB; receivers refuse more than 20 MiB. */
  readonly maxRequestBytes?: number;
}

/** What the stock exporter makes of its options and of the environment. */
export type OtlpSettings = ReturnType<typeof convertLegacyHttpOptions> & { readonly bodyCompression: BodyCompression };

const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  'endpoint',
  'encoding',
  'compression',
  'headers',
  'tls',
  'maxRequestBytes',
  'deltaState',
  'onUnknownIncreases',
  'onDeltaStateError',
  'url',
  'concurrencyLimit',
  'timeoutMillis',
  'selfObsMeterProvider',
  'keepAlive',
  'httpAgentOptions',
  'userAgent',
  'temporalityPreference',
  'aggregationPreference',
] satisfies (keyof OtlpBatchExporterOptions)[]);

const METRICS_PATH = 'v1/metrics';
const DEFAULT_TIMEOUT = 30_000;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for a value that cannot work, `POWERVM_CONFIG_UNREADABLE` for a
 *   file of the TLS options
 */
export function otlpSettings(options: OtlpBatchExporterOptions, contentType: string): OtlpSettings {
  const { endpoint, headers, compression, tls, httpAgentOptions, keepAlive = true, ...stock } = options;
  const unknown = Object.keys(options).find((key) => !KNOWN_OPTIONS.has(key));
  if (unknown !== undefined) throw invalid(`the OTLP exporter has no option '${unknown}'`);
  requireNumber('timeoutMillis', options.timeoutMillis, MAX_TIMEOUT_MS);
  requireNumber('concurrencyLimit', options.concurrencyLimit);
  requireNumber('maxRequestBytes', options.maxRequestBytes);
  const url = options.url ?? (endpoint === undefined ? undefined : `${endpoint.replace(/\/+$/, '')}/${METRICS_PATH}`);
  if (url !== undefined) requireUrl(url);
  const settings = convertLegacyHttpOptions(
    {
      ...stock,
      ...(url === undefined ? {} : { url }),
      ...(headers === undefined ? {} : { headers: plainHeaders(headers) }),
      timeoutMillis: options.timeoutMillis ?? (isInEnvironment('TIMEOUT') ? undefined : DEFAULT_TIMEOUT),
      compression: compressionOf(compression ?? (isInEnvironment('COMPRESSION') ? undefined : 'gzip')),
      // With neither, the stock exporter's agent has what the environment says about certificates.
      ...(tls === undefined && httpAgentOptions === undefined && options.keepAlive === undefined
        ? {}
        : {
            httpAgentOptions:
              typeof httpAgentOptions === 'function'
                ? httpAgentOptions
                : { keepAlive, ...tlsAgentOptions(tls), ...httpAgentOptions },
          }),
    } as OTLPExporterNodeConfigBase,
    'METRICS',
    METRICS_PATH,
    { 'Content-Type': contentType },
  );
  requireUrl(settings.url);
  return { ...settings, bodyCompression: openCompression(compression === 'zstd' ? 'zstd' : settings.compression) };
}

function openCompression(name: OtlpCompression): BodyCompression {
  const found = bodyCompression(name);
  if (name === 'zstd' && found.contentEncoding !== 'zstd') {
    diag.warn(
      `otel-powervm: Node ${process.versions.node} has no zstd (22.15 and later do): OTLP is compressed with gzip`,
    );
  }
  return found;
}

function isInEnvironment(name: string): boolean {
  return (
    getStringFromEnv(`OTEL_EXPORTER_OTLP_METRICS_${name}`) !== undefined ||
    getStringFromEnv(`OTEL_EXPORTER_OTLP_${name}`) !== undefined
  );
}

function compressionOf(name: OtlpBatchExporterOptions['compression']): CompressionAlgorithm | undefined {
  if (name === undefined) return undefined;
  // Done beside the stock settings, which do not know it.
  if (name === 'zstd') return CompressionAlgorithm.NONE;
  const known = Object.values(CompressionAlgorithm).find((algorithm) => algorithm === name);
  if (known === undefined) throw invalid(`compression '${name}' is not known`);
  return known;
}

function plainHeaders(headers: NonNullable<OtlpBatchExporterOptions['headers']>) {
  if (typeof headers === 'function') return headers;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = value instanceof Secret ? value.reveal() : value;
      requireHeader(name, text);
      return [name, text];
    }),
  );
}

/** Node's message names the header and never its value. */
function requireHeader(name: string, value: string): void {
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http');
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (error) {
    throw invalid(`OTLP header '${name}' cannot be sent: ${describeError(error)}`);
  }
}

function requireNumber(name: string, value: number | undefined, largest = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isFinite(value) && value > 0 && value <= largest)) return;
  throw invalid(`${name} of the OTLP exporter must be a number above 0 and at most ${largest}, not ${value}`);
}

function requireUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return;
  throw invalid(`OTLP endpoint '${redactUrl(text)}' is not an http:// or https:// URL`);
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError('POWERVM_CONFIG_INVALID', message);
}
