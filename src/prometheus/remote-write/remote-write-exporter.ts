import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../../base/clock/clock.ts';
import { ExportError } from '../../base/errors/errors.ts';
import { type HttpBytes, HttpClient, isContentRejection } from '../../base/http/http-client.ts';
import { isolateRejections } from '../../base/http/isolate-rejections.ts';
import { parseRetryAfter } from '../../base/http/retry-after.ts';
import { socketError } from '../../base/http/socket-error.ts';
import type { TlsOptions } from '../../base/http/tls-options.ts';
import { sentSecrets } from '../../base/secrets/request-secrets.ts';
import { redactUrl, withoutSecrets } from '../../base/secrets/secret.ts';
import { codeOfStatus, reasonOf } from './rejection.ts';
import { type PreparedSeries, SeriesRegistry } from './series-registry.ts';
import { encodeWriteRequest, type MetricMetadata, sizeOfSeries } from './write-request.ts';

export interface RemoteWriteOptions {
  /** Full address, `http://prometheus:9090/api/v1/write`. */
  readonly endpoint: string;
  /** Asked before every request: passwords and tokens may change. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>;
  /** On every series that does not say the same label itself. */
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly tls?: TlsOptions;
  /** Milliseconds for one request. Default 30,000. */
  readonly timeout?: number;
  /** Largest request before compression. Default 4 MiB. */
  readonly maxRequestBytes?: number;
  /** Milliseconds for which a series may bring nothing while its frame continues. Default 120,000: four samples. */
  readonly staleAfter?: number;
  readonly clock?: Clock;
}

/** Points that the receiver did not take although it took others. */
export interface RejectedSamples {
  readonly rejectedPoints: number;
  readonly message: string;
}

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const DEFAULT_STALE_AFTER = 120_000;
const MAX_RESPONSE_BYTES = 1024 * 1024;
const MAX_REASON_LENGTH = 300;
const MAX_RETRY_AFTER = 15 * 60_000;

/**
 * Prometheus remote write 1.0, with the time of each sample: what a scrape cannot do. Requests of a batch go one after the
 * other, so that the samples of a series arrive in the order of their batches.
 */
export class RemoteWriteExporter {
  readonly #options: RemoteWriteOptions;
  readonly #url: URL;
  readonly #name: string;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #registry: SeriesRegistry;
  readonly #described = new Set<string>();

  /** @throws {ConfigurationError} for a file of the TLS options */
  constructor(options: RemoteWriteOptions) {
    const { endpoint, tls, externalLabels = {}, clock = systemClock } = options;
    const { timeout = DEFAULT_TIMEOUT, staleAfter = DEFAULT_STALE_AFTER } = options;
    this.#options = options;
    this.#url = new URL(endpoint);
    this.#name = redactUrl(endpoint);
    this.#clock = clock;
    this.#registry = new SeriesRegistry(externalLabels, staleAfter, clock);
    this.#client = new HttpClient({
      ...(tls === undefined ? {} : { tls }),
      connectTimeout: timeout,
      readTimeout: timeout,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  /**
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help, `POWERVM_EXPORT_DENIED` and
   *   `POWERVM_EXPORT_ANSWER` when it may help after a correction, `POWERVM_EXPORT_REFUSED` when no sample was taken and
   *   none will be. Some requests of the batch may have been taken; the same samples again are harmless.
   * @param systems by UUID of the instance, the managed system whose time the series of an instance of OpenStack follow:
   *   {@link advanceWatermarks} says that time
   */
  async exportBatch(
    batch: readonly ResourceMetrics[],
    systems?: ReadonlyMap<string, string>,
  ): Promise<{ readonly partialSuccesses: RejectedSamples[] }> {
    const { series, metadata } = this.#registry.prepare(batch, systems);
    const refused = await this.#send(series, metadata);
    await this.#sendEnded();
    const rejected = refused.reduce((sum, { rejectedPoints }) => sum + rejectedPoints, 0);
    if (rejected > 0 && rejected === countSamples(series)) {
      throw new ExportError('POWERVM_EXPORT_REFUSED', refused.map(({ message }) => message).join('; '), {
        context: { endpoint: this.#name },
      });
    }
    return { partialSuccesses: refused };
  }

  /**
   * Ends what has brought nothing for too long. Never rejects.
   * @param times up to when all samples were exported, milliseconds since 1970 by managed system
   */
  async advanceWatermarks(times: ReadonlyMap<string, number>): Promise<void> {
    this.#registry.advance(times);
    await this.#sendEnded();
  }

  async shutdown(): Promise<void> {
    this.#client.closeConnections();
  }

  /** What becomes of a marker costs no sample: without it a series ends five minutes later. */
  async #sendEnded(): Promise<void> {
    const ended = this.#registry.takeEnded();
    if (ended.length > 0) await this.#send(ended, []).catch(() => undefined);
  }

  /** @returns what was refused, by reason */
  async #send(series: readonly PreparedSeries[], metadata: readonly MetricMetadata[]): Promise<RejectedSamples[]> {
    let unsaid = metadata.filter(({ name }) => !this.#described.has(name));
    const byReason = new Map<string, { samples: number; response: string }>();
    for (const pieces of packRequests(series, this.#options.maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES)) {
      const { refused } = await isolateRejections(pieces, async (parts) => {
        const refusal = await this.#post(encodeWriteRequest(parts, unsaid));
        if (refusal !== undefined) return refusal;
        for (const { name } of unsaid) this.#described.add(name);
        unsaid = [];
        return undefined;
      });
      for (const { parts, reason: response } of refused) {
        const reason = reasonOf(response);
        const known = byReason.get(reason) ?? { samples: 0, response };
        known.samples += countSamples(parts);
        byReason.set(reason, known);
      }
    }
    return [...byReason].map(([reason, { samples, response }]) => ({
      rejectedPoints: samples,
      message: `${this.#name} refused ${samples} samples, ${reason}: ${response}`,
    }));
  }

  /** @returns why the samples were refused for what they are */
  async #post(body: Uint8Array): Promise<string | undefined> {
    const { timeout = DEFAULT_TIMEOUT } = this.#options;
    const headers = (await this.#options.headers?.()) ?? {};
    // Loaded with the first request: most who load this room never send one.
    const { compress } = await import('snappyjs');
    const request = {
      method: 'POST' as const,
      headers: {
        ...headers,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
      },
      body: compress(body),
      exchangeTimeout: timeout,
    };
    const response = await this.#client.sendBytes(this.#url, request).catch((error: unknown) => {
      throw this.#failure('POWERVM_EXPORT_FAILED', socketError(error).reason, { cause: error });
    });
    const { statusCode } = response;
    const reason = readableReason(response, sentSecrets(this.#url.href, headers));
    if (statusCode >= 200 && statusCode < 300) {
      if (!isHtml(response)) return undefined;
      throw this.#failure('POWERVM_EXPORT_ANSWER', 'what answers is no receiver of remote write: an HTML page');
    }
    if (isContentRejection(statusCode)) return `${statusCode} ${reason}`;
    const retryAfter = parseRetryAfter(response.headers['retry-after'], this.#clock.now(), MAX_RETRY_AFTER);
    throw this.#failure(codeOfStatus(statusCode), `${statusCode} ${reason}`.trim(), {
      context: { statusCode, retryAfter },
    });
  }

  #failure(
    code: ExportError['code'],
    what: string,
    { cause, context = {} }: { readonly cause?: unknown; readonly context?: ExportError['context'] } = {},
  ): ExportError {
    return new ExportError(code, `${this.#name}: ${what}`, {
      ...(cause === undefined ? {} : { cause }),
      context: { endpoint: this.#name, ...context },
    });
  }
}

function countSamples(series: readonly PreparedSeries[]): number {
  return series.reduce((sum, { samples }) => sum + samples.length, 0);
}

/** Fills requests in order, up to the size limit. */
function packRequests(series: readonly PreparedSeries[], maxBytes: number): PreparedSeries[][] {
  const requests: PreparedSeries[][] = [];
  let bytes = maxBytes;
  for (const each of series) {
    const size = sizeOfSeries(each);
    if (bytes + size > maxBytes) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(each);
    bytes += size;
  }
  return requests;
}

function isHtml({ headers }: HttpBytes): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '');
}

/** Redacted before it is cut, so that no half of a secret is left. */
function readableReason(response: HttpBytes, secrets: readonly string[]): string {
  if (isHtml(response)) return '(an HTML page)';
  return withoutSecrets(response.body.toString('utf8').trim(), secrets).slice(0, MAX_REASON_LENGTH);
}
