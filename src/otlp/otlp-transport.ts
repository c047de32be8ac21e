import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ExportResponse, type IExporterTransport, OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import { AnswerTooLarge, type HttpBytes, HttpClient } from '../base/http-client.ts';
import { parseRetryAfter } from '../base/retry-after.ts';
import { socketProblem } from '../base/socket-problem.ts';
import type { TlsOptions } from '../base/tls-options.ts';

/** What the protocol has tried again (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE_STATUSES = new Set([429, 502, 503, 504]);
/** As the stock transport: quick tries, and few. What outlasts them is the caller's to try again. */
const MAX_RETRIES = 5;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 5_000;
const GROWTH = 1.5;
const JITTER = 0.2;
const LONGEST_RETRY_AFTER = 10 * 60_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const compress = promisify(gzip);

export interface OtlpTransportOptions {
  readonly url: string;
  /** Asked for every request: tokens are renewed. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly isCompressed: boolean;
  readonly tls: TlsOptions | undefined;
  /** Milliseconds for a request with its quick retries. */
  readonly timeout: number;
}

/** An answer that is no success. */
export class OtlpRefusal extends OTLPExporterError {
  /** Milliseconds for which the destination wants to be left alone; undefined when it does not say. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: string, retryAfter: number | undefined) {
    super(STATUS_CODES[status], status, body);
    this.retryAfter = retryAfter;
  }
}

/**
 * OTLP over HTTP as the stock transport of OpenTelemetry does it, which keeps two things to itself that the caller has
 * to know: the status of an answer that was tried again in vain, and a `Retry-After` that is longer than its time-out.
 */
export class OtlpTransport implements IExporterTransport {
  readonly #options: OtlpTransportOptions;
  readonly #client: HttpClient;

  /** @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE` for a file of the TLS options */
  constructor(options: OtlpTransportOptions) {
    this.#options = options;
    const { tls, timeout } = options;
    this.#client = new HttpClient({
      tls,
      connectTimeout: timeout,
      readTimeout: timeout,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
  }

  async send(data: Uint8Array, timeout: number): Promise<ExportResponse> {
    const deadline = performance.now() + timeout;
    const body = this.#options.isCompressed ? await compress(data) : data;
    for (let retry = 0; ; retry += 1) {
      const response = await this.#exchange(body, deadline - performance.now());
      if (response.status !== 'retryable' || retry === MAX_RETRIES) return response;
      const pause = response.retryInMillis ?? pauseBefore(retry);
      if (performance.now() + pause >= deadline) return response;
      await sleep(pause);
    }
  }

  shutdown(): void {
    this.#client.closeConnections();
  }

  async #exchange(body: Uint8Array, timeout: number): Promise<ExportResponse> {
    const { url, headers, isCompressed } = this.#options;
    try {
      const answer = await this.#client.sendBytes(new URL(url), {
        method: 'POST',
        headers: { ...(await headers()), ...(isCompressed ? { 'Content-Encoding': 'gzip' } : {}) },
        body,
        exchangeTimeout: Math.max(1, timeout),
      });
      return responseOf(answer);
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      const mayPass = !(error instanceof AnswerTooLarge) && socketProblem(error).kind === 'connection';
      return { status: mayPass ? 'retryable' : 'failure', error };
    }
  }
}

function responseOf({ statusCode, headers, body }: HttpBytes): ExportResponse {
  if (statusCode >= 200 && statusCode < 300) return { status: 'success', data: body };
  const retryAfter = parseRetryAfter(headers['retry-after'], Date.now(), LONGEST_RETRY_AFTER);
  const error = new OtlpRefusal(statusCode, body.toString('utf8'), retryAfter);
  if (!RETRYABLE_STATUSES.has(statusCode)) return { status: 'failure', error };
  return { status: 'retryable', error, ...(retryAfter === undefined ? {} : { retryInMillis: retryAfter }) };
}

function pauseBefore(retry: number): number {
  const middle = FIRST_PAUSE * GROWTH ** retry;
  return Math.min(middle * (1 + JITTER * (Math.random() * 2 - 1)), LONGEST_PAUSE);
}
