import tls from 'node:tls';
import type { ChannelCredentials, Metadata } from '@grpc/grpc-js';
import { CompressionAlgorithm, type OTLPExporterConfigBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyOtlpGrpcOptions, createOtlpGrpcExportDelegate } from '@opentelemetry/otlp-grpc-exporter-base';
import { MetricsExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { ConfigurationError, describeError } from '../../base/errors/errors.ts';
import { type TlsOptions, tlsAgentOptions } from '../../base/http/tls-options.ts';
import { requireGrpc } from '../../base/options/load-on-demand.ts';
import { sentSecrets } from '../../base/secrets/request-secrets.ts';
import { redactUrl, Secret, withoutSecrets } from '../../base/secrets/secret.ts';
import { printable } from '../../base/text/printable.ts';
import { BatchingExporter, type BatchingOptions, type OtlpConnection } from '../batching-exporter.ts';
import { requestEncoding } from '../encoding/request-encoding.ts';
import { DEFAULT_MAX_REQUEST_BYTES } from '../encoding/request-packing.ts';
import { explainGrpcFailure } from './grpc-failure.ts';

/** What is not given comes from the `OTEL_EXPORTER_OTLP_…` variables, as with the stock exporter. */
export interface OtlpGrpcExporterOptions
  extends BatchingOptions,
    Pick<OTLPExporterConfigBase, 'timeoutMillis' | 'concurrencyLimit' | 'selfObsMeterProvider'> {
  /** `https://host:4317`, or `http://` without TLS. */
  readonly endpoint?: string;
  readonly compression?: 'gzip' | 'none';
  /** Sent as metadata with every call. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly tls?: TlsOptions;
  /** Largest message before compression, in bytes. Default 4 MiB, which receivers take by default. */
  readonly maxRequestBytes?: number;
}

const SERVICE = 'MetricsExportService';
const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const DEFAULT_TIMEOUT = 30_000;

/**
 * OTLP over gRPC, see {@link BatchingExporter}: the delegate and transport of the stock gRPC exporter
 * (`@opentelemetry/otlp-grpc-exporter-base`) on `@grpc/grpc-js`, which has to be installed beside this package.
 */
export class OtlpGrpcExporter extends BatchingExporter {
  /** @throws {ConfigurationError} without `@grpc/grpc-js`, and for an option that cannot work */
  constructor(options: OtlpGrpcExporterOptions = {}) {
    super(grpcConnection(options), options);
  }
}

function grpcConnection(options: OtlpGrpcExporterOptions): OtlpConnection {
  const grpc = loadGrpc();
  const { endpoint, headers = {}, compression = 'gzip', tls: tlsSettings } = options;
  if (endpoint !== undefined) demandEndpoint(endpoint);
  const sent = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
  const metadata = makeMetadata(new grpc.Metadata(), sent);
  const settings = convertLegacyOtlpGrpcOptions(
    {
      ...(endpoint === undefined ? {} : { url: endpoint }),
      ...(tlsSettings && endpoint?.startsWith('https:') ? { credentials: makeCredentials(grpc, tlsSettings) } : {}),
      metadata,
      timeoutMillis: options.timeoutMillis ?? DEFAULT_TIMEOUT,
      compression: compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
      ...(options.concurrencyLimit === undefined ? {} : { concurrencyLimit: options.concurrencyLimit }),
    },
    'METRICS',
  );
  const encoding = requestEncoding('proto');
  const name = redactUrl(endpoint ?? `grpc://${settings.url}`);
  const secrets = sentSecrets(endpoint ?? `grpc://${settings.url}`, sent);
  const redact = (text: string) => printable(withoutSecrets(text, secrets));
  return {
    name,
    encoding,
    maxRequestBytes: options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES,
    createDelegate: (noteAnswer) =>
      createOtlpGrpcExportDelegate<ResourceMetrics, object>(
        settings,
        {
          serializeRequest: encoding.serializer.serializeRequest,
          deserializeResponse: (data) => {
            noteAnswer(encoding.serializer.deserializeResponse(data).partialSuccess);
            return {};
          },
        },
        'otlp_grpc_metric_exporter',
        MetricsExporterMetricsHelper,
        options.selfObsMeterProvider,
        SERVICE,
        METHOD,
      ),
    withoutSecrets: redact,
    explainFailure: (error) => explainGrpcFailure(error, name, redact),
  };
}

function loadGrpc(): typeof import('@grpc/grpc-js') {
  try {
    return requireGrpc();
  } catch (error) {
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      'OTLP over gRPC needs the package @grpc/grpc-js beside otel-powervm: npm install @grpc/grpc-js',
      { cause: error },
    );
  }
}

function demandEndpoint(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '') return;
  const message = `OTLP endpoint '${redactUrl(text)}' for gRPC is not http://host:port or https://host:port`;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', message);
}

function makeMetadata(metadata: Metadata, headers: Readonly<Record<string, string>>): Metadata {
  for (const [name, value] of Object.entries(headers)) {
    try {
      metadata.set(name, value);
    } catch (error) {
      // The library's message names the value as well.
      const message = `OTLP header '${name}' cannot be sent as metadata of gRPC`;
      throw new ConfigurationError('POWERVM_CONFIG_INVALID', message, { cause: new Error(typeof error) });
    }
  }
  return metadata;
}

/** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file */
function makeCredentials(grpc: typeof import('@grpc/grpc-js'), options: TlsOptions): ChannelCredentials {
  const { servername, rejectUnauthorized = true, ...secureContext } = tlsAgentOptions(options);
  try {
    return grpc.credentials.createFromSecureContext(tls.createSecureContext(secureContext), {
      rejectUnauthorized,
      checkServerIdentity: (host, certificate) => tls.checkServerIdentity(servername ?? host, certificate),
    });
  } catch (error) {
    const message = `the TLS files of the OTLP exporter cannot be used: ${describeError(error)}`;
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', message, { cause: error });
  }
}
