import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  CompressionAlgorithm,
  createOtlpNetworkExportDelegate,
  OTLPExporterBase,
  OTLPExporterError,
} from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions, createOtlpHttpExporterMetrics } from '@opentelemetry/otlp-exporter-base/node-http';
import type { IExportMetricsPartialSuccess } from '@opentelemetry/otlp-transformer';
import { AggregationTemporality, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describeError, ExportError } from '../base/errors.ts';
import { isTransientStatus } from '../base/http-client.ts';
import { redactUrl, Secret, withoutSecrets } from '../base/secret.ts';
import { DeltaConversion } from './delta-conversion.ts';
import { metricsUrl, type OtlpBatchExporterOptions } from './options.ts';
import { OtlpRefusal, OtlpTransport } from './otlp-transport.ts';
import { type EncodedRequest, type EncodedResource, requestEncoding } from './request-encoding.ts';
import { splitResource } from './resource-splitting.ts';

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** Keeps one Resource well below the smallest sensible request size: a JSON point has about half a kilobyte. */
const MAX_POINTS_PER_RESOURCE = 2_000;
const HTTP_PAYLOAD_TOO_LARGE = 413;

/** Points that a destination took and threw away although it answered with success. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** What one {@link OtlpBatchExporter.exportBatch} achieved. */
export interface OtlpExportSummary {
  readonly requests: number;
  readonly points: number;
  /** One for each request that was taken only in part. */
  readonly partialSuccesses: readonly PartialSuccess[];
}

/**
 * Sends many Resources in one OTLP/HTTP request, which the stock exporter cannot: one Resource per partition takes
 * 86 bytes a point instead of 534. It rests on the parts of the stock exporter, so that headers, environment variables,
 * quick retries and time-outs behave as everybody knows them; what outlasts its time-out is the caller's to try again.
 *
 * It is a `PushMetricExporter` too and works behind any reader of the SDK.
 */
export class OtlpBatchExporter implements PushMetricExporter {
  readonly #url: string;
  readonly #maxRequestBytes: number;
  readonly #encoding;
  readonly #exporter: OTLPExporterBase<EncodedRequest>;
  readonly #deltas: DeltaConversion | undefined;
  /** Delta batches go out one after the other, since each starts where the one before ended. */
  #lastDeltaBatch: Promise<unknown> = Promise.resolve();
  /** Set by the serializer right before the stock delegate calls back: the only way to learn of a partial success. */
  #partialSuccess: IExportMetricsPartialSuccess | undefined;
  readonly #secrets: readonly string[];
  #isShutDown = false;

  constructor(options: OtlpBatchExporterOptions = {}) {
    this.#url = metricsUrl(options);
    this.#maxRequestBytes = options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES;
    this.#encoding = requestEncoding(options.encoding ?? 'proto');
    this.#deltas = options.temporality === 'delta' ? new DeltaConversion() : undefined;
    this.#secrets = headerSecrets(options.headers);
    this.#exporter = new OTLPExporterBase(this.#createDelegate(options));
  }

  /**
   * Sends a batch in as few requests as its size allows.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help, `POWERVM_EXPORT_REFUSED` when not.
   *   After an error some requests of the batch may have been taken; sending the same points again is harmless.
   */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<OtlpExportSummary> {
    if (this.#isShutDown) {
      return Promise.reject(new ExportError('POWERVM_SHUT_DOWN', `${this.#name}: the exporter is shut down`));
    }
    const deltas = this.#deltas;
    if (!deltas) return this.#send(resources);
    const sent = this.#lastDeltaBatch.then(async () => {
      const batch = deltas.prepare(resources);
      const summary = await this.#send(batch.resources);
      batch.commit();
      return summary;
    });
    this.#lastDeltaBatch = sent.catch(() => undefined);
    return sent;
  }

  export(resource: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportBatch([resource]).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: ExportError) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  /** Always cumulative: deltas are made here, so that the first one can be dropped. */
  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  async forceFlush(): Promise<void> {
    await this.#lastDeltaBatch;
    await this.#exporter.forceFlush();
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.forceFlush();
    await this.#exporter.shutdown();
  }

  get #name(): string {
    return redactUrl(this.#url);
  }

  #createDelegate(options: OtlpBatchExporterOptions) {
    const serializer = this.#encoding.serializer;
    const settings = convertLegacyHttpOptions(
      {
        url: this.#url,
        headers: Object.fromEntries(
          Object.entries(options.headers ?? {}).map(([name, value]) => [
            name,
            value instanceof Secret ? value.reveal() : value,
          ]),
        ),
        timeoutMillis: options.timeout ?? DEFAULT_TIMEOUT,
        compression: options.compression === 'none' ? CompressionAlgorithm.NONE : CompressionAlgorithm.GZIP,
      },
      'METRICS',
      'v1/metrics',
      { 'Content-Type': this.#encoding.contentType },
    );
    return createOtlpNetworkExportDelegate(
      settings,
      {
        serializeRequest: serializer.serializeRequest,
        deserializeResponse: (body) => {
          const response = serializer.deserializeResponse(body);
          this.#partialSuccess = response.partialSuccess;
          return {};
        },
      },
      createOtlpHttpExporterMetrics(
        'otlp_http_metric_exporter',
        { name: 'metric_data_point', countItems: (request) => sum(request.map((resource) => resource.points)) },
        settings.url,
        undefined,
      ),
      new OtlpTransport({
        url: settings.url,
        headers: settings.headers,
        isCompressed: settings.compression === CompressionAlgorithm.GZIP,
        tls: options.tls,
        timeout: settings.timeoutMillis,
      }),
    );
  }

  async #send(resources: readonly ResourceMetrics[]): Promise<OtlpExportSummary> {
    const encoded = resources
      .flatMap((resource) => splitResource(resource, MAX_POINTS_PER_RESOURCE))
      .map((resource) => this.#encoding.encode(resource))
      .filter((resource) => resource.points > 0);
    const requests = packRequests(encoded, this.#maxRequestBytes);
    const partialSuccesses: PartialSuccess[] = [];
    let sentRequests = 0;
    for (const request of requests) sentRequests += await this.#sendHalvingIfTooLarge(request, partialSuccesses);
    return { requests: sentRequests, points: sum(encoded.map((resource) => resource.points)), partialSuccesses };
  }

  /** A destination with a lower limit than ours answers 413: half as much may pass. */
  async #sendHalvingIfTooLarge(request: EncodedRequest, partialSuccesses: PartialSuccess[]): Promise<number> {
    try {
      const partialSuccess = await this.#sendRequest(request);
      if (partialSuccess) partialSuccesses.push(partialSuccess);
      return 1;
    } catch (error) {
      if (!isTooLarge(error) || request.length < 2) throw this.#explain(error);
      const middle = Math.ceil(request.length / 2);
      return (
        (await this.#sendHalvingIfTooLarge(request.slice(0, middle), partialSuccesses)) +
        (await this.#sendHalvingIfTooLarge(request.slice(middle), partialSuccesses))
      );
    }
  }

  #sendRequest(request: EncodedRequest): Promise<PartialSuccess | undefined> {
    return new Promise((resolve, reject) => {
      this.#exporter.export(request, (result) => {
        const answer = this.#partialSuccess;
        this.#partialSuccess = undefined;
        if (result.code === ExportResultCode.SUCCESS) resolve(readPartialSuccess(answer, this.#secrets));
        else reject(result.error ?? new Error('the export failed without a reason'));
      });
    });
  }

  #explain(error: unknown): ExportError {
    if (error instanceof ExportError) return error;
    const status = error instanceof OTLPExporterError ? error.code : undefined;
    const body =
      error instanceof OTLPExporterError ? withoutSecrets(error.data ?? '', this.#secrets).slice(0, 500) : '';
    const refused = status !== undefined && !isTransientStatus(status);
    const answer = status === undefined ? describeError(error) : `${status} ${describeError(error)} ${body}`.trim();
    return new ExportError(
      refused ? 'POWERVM_EXPORT_REFUSED' : 'POWERVM_EXPORT_FAILED',
      `${this.#name}: ${refused ? 'the OTLP receiver refused the request' : 'the request was not delivered'}: ${answer}`,
      {
        cause: error,
        context: {
          endpoint: this.#name,
          statusCode: status,
          retryAfter: error instanceof OtlpRefusal ? error.retryAfter : undefined,
        },
      },
    );
  }
}

/** Fills requests in order, up to the size limit; one that is larger by itself goes alone. */
function packRequests(resources: readonly EncodedResource[], maxBytes: number): EncodedResource[][] {
  const requests: EncodedResource[][] = [];
  let request: EncodedResource[] = [];
  let bytes = 0;
  for (const resource of resources) {
    if (request.length > 0 && bytes + resource.bytes.length > maxBytes) {
      requests.push(request);
      request = [];
      bytes = 0;
    }
    request.push(resource);
    bytes += resource.bytes.length;
  }
  if (request.length > 0) requests.push(request);
  return requests;
}

function readPartialSuccess(
  answer: IExportMetricsPartialSuccess | undefined,
  secrets: readonly string[],
): PartialSuccess | undefined {
  const rejectedPoints = Number(answer?.rejectedDataPoints ?? 0);
  const message = withoutSecrets(answer?.errorMessage ?? '', secrets);
  return rejectedPoints > 0 || message !== '' ? { rejectedPoints, message } : undefined;
}

/** Secret values, and the credentials of `Bearer …` by themselves: a receiver may repeat either. */
function headerSecrets(headers: OtlpBatchExporterOptions['headers'] = {}): readonly string[] {
  return Object.values(headers).flatMap((value) =>
    value instanceof Secret ? [value.reveal(), value.reveal().replace(/^\S+\s+/, '')] : [],
  );
}

function isTooLarge(error: unknown): boolean {
  return error instanceof OTLPExporterError && error.code === HTTP_PAYLOAD_TOO_LARGE;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
