import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporterBase, type OTLPMetricExporterOptions } from '@opentelemetry/exporter-metrics-otlp-http';
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { IExportMetricsPartialSuccess } from '@opentelemetry/otlp-transformer';
import { AggregationTemporality, InstrumentType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { ExportError } from '../base/errors/errors.ts';
import { isolateRejections } from '../base/http/isolate-rejections.ts';
import { DeltaExport, type DeltaOptions } from './deltas/delta-export.ts';
import { EncodedRequest, type EncodedResource, type RequestEncoding } from './encoding/request-encoding.ts';
import { countPoints, packRequests } from './encoding/request-packing.ts';
import { nameOfResource } from './encoding/resource-name.ts';

/** Points that a destination did not take although it took the others of the batch. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** What an export of a batch achieved. */
export interface OtlpExportSummary {
  readonly requests: number;
  readonly points: number;
  /** One for each request that was taken only in part, and for each Resource that was refused by itself. */
  readonly partialSuccesses: readonly PartialSuccess[];
}

/** A way to a destination: everything that depends on the protocol beneath OTLP. */
export interface OtlpConnection {
  /** Where to, for messages; without secrets. */
  readonly name: string;
  readonly encoding: RequestEncoding;
  readonly maxRequestBytes: number;
  /** The stock delegate. It calls `noteAnswer` with what a destination said right before it reports success. */
  createDelegate(
    noteAnswer: (partialSuccess: IExportMetricsPartialSuccess | undefined) => void,
  ): IOtlpExportDelegate<ResourceMetrics>;
  /** A text of the destination without what was sent to it. */
  withoutSecrets(text: string): string;
  /** What the delegate handed over as the reason of a failure; `POWERVM_EXPORT_REFUSED` where the content was refused. */
  explainFailure(error: unknown): ExportError;
}

export interface BatchingOptions
  extends Pick<OTLPMetricExporterOptions, 'temporalityPreference' | 'aggregationPreference'>,
    DeltaOptions {}

/**
 * The stock OTLP exporter (`@opentelemetry/exporter-metrics-otlp-http`) with what it cannot do: many Resources in one
 * request, requests of bounded size, refusals that cost only what they are about, and what a destination took, refused
 * or asked for. One Resource per partition takes 86 bytes a point instead of 534. What outlasts its time-out is the
 * caller's to try again.
 */
export abstract class BatchingExporter extends OTLPMetricExporterBase {
  readonly #connection: OtlpConnection;
  readonly #deltas: DeltaExport | undefined;
  /** Set right before the stock delegate calls back: the only way to get at a partial success. */
  readonly #response: { partialSuccess: IExportMetricsPartialSuccess | undefined };
  #isShutDown = false;

  protected constructor(connection: OtlpConnection, options: BatchingOptions) {
    const response: { partialSuccess: IExportMetricsPartialSuccess | undefined } = { partialSuccess: undefined };
    const { temporalityPreference, aggregationPreference } = options;
    super(
      connection.createDelegate((partialSuccess) => {
        response.partialSuccess = partialSuccess;
      }),
      {
        ...(temporalityPreference === undefined ? {} : { temporalityPreference }),
        ...(aggregationPreference === undefined ? {} : { aggregationPreference }),
      },
    );
    this.#response = response;
    this.#connection = connection;
    const observed = super.selectAggregationTemporality(InstrumentType.OBSERVABLE_COUNTER);
    this.#deltas = observed === AggregationTemporality.DELTA ? new DeltaExport(options) : undefined;
  }

  /**
   * Sends a batch in as few requests as its size allows.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help, `POWERVM_EXPORT_DENIED` and
   *   `POWERVM_EXPORT_ANSWER` when it may help after a correction, `POWERVM_EXPORT_REFUSED` when the whole batch was
   *   refused permanently. After an error some requests of the batch may have been taken; sending the same points again
   *   is harmless.
   */
  exportBatch(resources: readonly ResourceMetrics[]): Promise<OtlpExportSummary> {
    if (this.#isShutDown) {
      return Promise.reject(
        new ExportError('POWERVM_SHUT_DOWN', `${this.#connection.name}: the exporter is shut down`),
      );
    }
    const send = (batch: readonly ResourceMetrics[]) => this.#send(batch);
    return this.#deltas ? this.#deltas.send(resources, send) : send(resources);
  }

  override export(resource: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportBatch([resource]).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: ExportError) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  /** Cumulative where deltas are preferred: they are made here, so that the first one can be left out. */
  override selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality {
    return this.#deltas ? AggregationTemporality.CUMULATIVE : super.selectAggregationTemporality(instrumentType);
  }

  override async forceFlush(): Promise<void> {
    await this.#deltas?.settled();
    await super.forceFlush();
  }

  override async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.forceFlush();
    await this.#deltas?.saveAll();
    await super.shutdown();
  }

  async #send(resources: readonly ResourceMetrics[]): Promise<OtlpExportSummary> {
    const packed = packRequests(resources, this.#connection.encoding, this.#connection.maxRequestBytes);
    const points = countPoints(packed.flat());
    const partialSuccesses: PartialSuccess[] = [];
    let requests = 0;
    let refusedPoints = 0;
    let refusal: ExportError | undefined;
    for (const parts of packed) {
      const outcome = await isolateRejections(parts, (pieces) =>
        this.#sendRequest(new EncodedRequest(pieces), partialSuccesses),
      );
      requests += outcome.requests;
      for (const { parts: refused, reason } of outcome.refused) {
        refusal = reason;
        refusedPoints += countPoints(refused);
        partialSuccesses.push({
          rejectedPoints: countPoints(refused),
          message: `${namesOf(refused)}: ${reason.message}`,
        });
      }
    }
    if (refusal && refusedPoints === points) throw refusal;
    return { requests, points, partialSuccesses };
  }

  /** @returns why the request was refused for what is in it */
  #sendRequest(request: EncodedRequest, partialSuccesses: PartialSuccess[]): Promise<ExportError | undefined> {
    return new Promise((resolve, reject) => {
      super.export(request, ({ code, error }) => {
        const { partialSuccess } = this.#response;
        this.#response.partialSuccess = undefined;
        if (code === ExportResultCode.SUCCESS) {
          partialSuccesses.push(...this.#readPartialSuccess(partialSuccess));
          return resolve(undefined);
        }
        const failure = this.#connection.explainFailure(error);
        if (failure.permanent) resolve(failure);
        else reject(failure);
      });
    });
  }

  #readPartialSuccess(response: IExportMetricsPartialSuccess | undefined): readonly PartialSuccess[] {
    const rejectedPoints = Number(response?.rejectedDataPoints ?? 0);
    const message = this.#connection.withoutSecrets(response?.errorMessage ?? '');
    return rejectedPoints > 0 || message !== '' ? [{ rejectedPoints, message }] : [];
  }
}

function namesOf(resources: readonly EncodedResource[]): string {
  const [first] = resources;
  const others = resources.length > 1 ? ` and ${resources.length - 1} more` : '';
  return first ? `${nameOfResource(first.resource.resource.attributes)}${others}` : 'nothing';
}
