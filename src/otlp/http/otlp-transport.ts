import { setTimeout as sleep } from 'node:timers/promises';
import { type ExportResponse, type IExporterTransport, OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer';
import { type HttpBytes, HttpClient, ResponseTooLarge } from '../../base/http/http-client.ts';
import { parseRetryAfter } from '../../base/http/retry-after.ts';
import { socketError } from '../../base/http/socket-error.ts';
import { sentSecrets } from '../../base/secrets/request-secrets.ts';
import { redactUrl, withoutSecrets } from '../../base/secrets/secret.ts';
import { printable } from '../../base/text/printable.ts';
import { version } from '../../base/version.ts';
import type { RequestEncoding } from '../encoding/request-encoding.ts';
import type { OtlpSettings } from '../options.ts';
import { NotOtlpResponse, readOtlpResponse } from './otlp-response.ts';

/** What the protocol has tried again (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE_STATUSES = new Set([429, 502, 503, 504]);
/** As the stock transport: quick tries, and few. What outlasts them is the caller's to try again. */
const MAX_RETRIES = 5;
const INITIAL_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 5_000;
const GROWTH = 1.5;
const JITTER = 0.2;
const MAX_RETRY_AFTER = 10 * 60_000;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** Of a refusal, in characters: enough for a reason, and no page. */
const MAX_REASON_LENGTH = 500;

/** A response that is no success. */
export class OtlpRejection extends OTLPExporterError {
  /** Milliseconds of the destination's Retry-After; undefined when there is none. */
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: string, retryAfter: number | undefined) {
    super(process.getBuiltinModule('node:http').STATUS_CODES[status], status, reason);
    this.retryAfter = retryAfter;
  }
}

/**
 * OTLP over HTTP with the settings and agents of the stock exporter. A transport of its own since that of the stock
 * exporter keeps to itself what the caller has to know: the status of a response that was tried again in vain and its
 * `Retry-After`, and whether a 200 was given by an OTLP receiver at all.
 */
export class OtlpTransport implements IExporterTransport {
  readonly #settings: OtlpSettings;
  readonly #encoding: RequestEncoding;
  readonly #isAgentShared: boolean;
  readonly #responses = new WeakMap<Uint8Array, IExportMetricsServiceResponse>();
  #client: Promise<HttpClient> | undefined;
  #secrets: readonly string[] = [];

  /** @param isAgentShared whether the agent belongs to the caller, who closes it */
  constructor(settings: OtlpSettings, encoding: RequestEncoding, isAgentShared: boolean) {
    this.#settings = settings;
    this.#encoding = encoding;
    this.#isAgentShared = isAgentShared;
  }

  async send(data: Uint8Array, timeout: number): Promise<ExportResponse> {
    const deadline = performance.now() + timeout;
    const body = await this.#settings.bodyCompression.compress(data);
    for (let retry = 0; ; retry += 1) {
      const response = await this.#exchange(body, deadline - performance.now());
      if (response.status !== 'retryable' || retry === MAX_RETRIES) return response;
      const pause = response.retryInMillis ?? pauseBefore(retry);
      if (performance.now() + pause >= deadline) return response;
      await sleep(pause);
    }
  }

  shutdown(): void {
    if (this.#isAgentShared) return;
    this.#client?.then(
      (client) => client.closeConnections(),
      () => undefined,
    );
  }

  /** What the data of a successful response say. */
  responseOf(data: Uint8Array): IExportMetricsServiceResponse {
    return this.#responses.get(data) ?? {};
  }

  /** A text of the destination without what was sent to it. */
  withoutSecrets(text: string): string {
    return printable(withoutSecrets(text, this.#secrets));
  }

  /** The agent is made with the first request, as the stock transport does it: instrumentations come before. */
  #open(): Promise<HttpClient> {
    this.#client ??= this.#createClient();
    return this.#client;
  }

  async #createClient(): Promise<HttpClient> {
    const { url, agentFactory, timeoutMillis } = this.#settings;
    return new HttpClient({
      agent: await agentFactory(new URL(url).protocol),
      connectTimeout: timeoutMillis,
      readTimeout: timeoutMillis,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  async #exchange(body: Uint8Array, timeout: number): Promise<ExportResponse> {
    const { url, headers: makeHeaders, bodyCompression, userAgent } = this.#settings;
    const { contentEncoding } = bodyCompression;
    try {
      const client = await this.#open();
      const headers = await makeHeaders();
      this.#secrets = sentSecrets(url, headers);
      const response = await client.sendBytes(new URL(url), {
        method: 'POST',
        headers: {
          ...headers,
          ...(contentEncoding === undefined ? {} : { 'Content-Encoding': contentEncoding }),
          ...(userAgent === undefined ? {} : { 'user-agent': `${userAgent} otel-powervm/${version}` }),
        },
        body,
        exchangeTimeout: Math.max(1, timeout),
      });
      return this.#responseTo(response);
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      const mayPass = !(error instanceof ResponseTooLarge) && socketError(error).kind === 'connection';
      return { status: mayPass ? 'retryable' : 'failure', error };
    }
  }

  #responseTo(response: HttpBytes): ExportResponse {
    const { statusCode, headers, body } = response;
    if (statusCode >= 200 && statusCode < 300) return this.#success(response);
    const retryAfter = parseRetryAfter(headers['retry-after'], Date.now(), MAX_RETRY_AFTER);
    const error = new OtlpRejection(statusCode, this.#reasonOf(body, headers), retryAfter);
    if (!RETRYABLE_STATUSES.has(statusCode)) return { status: 'failure', error };
    return { status: 'retryable', error, ...(retryAfter === undefined ? {} : { retryInMillis: retryAfter }) };
  }

  #success(response: HttpBytes): ExportResponse {
    try {
      const redact = (text: string) => withoutSecrets(text, this.#secrets);
      this.#responses.set(response.body, readOtlpResponse(response, this.#encoding, redact));
      return { status: 'success', data: response.body };
    } catch (error) {
      if (!(error instanceof NotOtlpResponse)) throw error;
      return { status: 'failure', error };
    }
  }

  /** Redacted before it is cut, so that no half of a secret is left. */
  #reasonOf(body: Buffer, headers: HttpBytes['headers']): string {
    const { location } = headers;
    const target = location === undefined ? '' : `to ${redactUrl(location)} `;
    const text = /\bhtml\b/i.test(headers['content-type'] ?? '') ? '(an HTML page)' : body.toString('utf8');
    return this.withoutSecrets(`${target}${text}`.trim()).slice(0, MAX_REASON_LENGTH);
  }
}

function pauseBefore(retry: number): number {
  const middle = INITIAL_PAUSE_MS * GROWTH ** retry;
  return Math.min(middle * (1 + JITTER * (Math.random() * 2 - 1)), MAX_PAUSE_MS);
}
