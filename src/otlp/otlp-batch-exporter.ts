import { createOtlpNetworkExportDelegate } from '@opentelemetry/otlp-exporter-base';
import { createOtlpHttpExporterMetrics } from '@opentelemetry/otlp-exporter-base/node-http';
import { MetricsExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { redactUrl } from '../base/secrets/secret.ts';
import { BatchingExporter, type OtlpConnection } from './batching-exporter.ts';
import { requestEncoding } from './encoding/request-encoding.ts';
import { DEFAULT_MAX_REQUEST_BYTES } from './encoding/request-packing.ts';
import { explainFailure } from './export-error.ts';
import { OtlpTransport } from './http/otlp-transport.ts';
import { type OtlpBatchExporterOptions, otlpSettings } from './options.ts';

/** Sends many Resources in few OTLP requests over HTTP: {@link BatchingExporter} says what it adds to the stock exporter. */
export class OtlpBatchExporter extends BatchingExporter {
  /** @throws {ConfigurationError} for an option that cannot work */
  constructor(options: OtlpBatchExporterOptions = {}) {
    super(httpConnection(options), options);
  }
}

function httpConnection(options: OtlpBatchExporterOptions): OtlpConnection {
  const encoding = requestEncoding(options.encoding ?? 'proto');
  const settings = otlpSettings(options, encoding.contentType);
  const transport = new OtlpTransport(settings, encoding, typeof options.httpAgentOptions === 'function');
  const name = redactUrl(settings.url);
  return {
    name,
    encoding,
    maxRequestBytes: options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES,
    createDelegate: (noteAnswer) =>
      createOtlpNetworkExportDelegate<ResourceMetrics, object>(
        settings,
        {
          serializeRequest: encoding.serializer.serializeRequest,
          deserializeResponse: (data) => {
            noteAnswer(transport.responseOf(data).partialSuccess);
            return {};
          },
        },
        createOtlpHttpExporterMetrics(
          'otlp_http_metric_exporter',
          MetricsExporterMetricsHelper,
          settings.url,
          options.selfObsMeterProvider,
        ),
        transport,
      ),
    withoutSecrets: (text) => transport.withoutSecrets(text),
    explainFailure: (error) => explainFailure(error, name),
  };
}
