import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExportResponse, type IExporterTransport, OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer';
import { AnswerTooLarge, type HttpBytes, HttpClient } from '../base/http-client.ts';
import { printable } from '../base/printable.ts';
import { parseRetryAfter } from '../base/retry-after.ts';
import { redactUrl, withoutSecrets } from '../base/secret.ts';
import { sentSecrets } from '../base/sent-secrets.ts';
import { socketProblem } from '../base/socket-problem.ts';
import { version } from '../base/version.ts';
import type { OtlpSettings } from './options.ts';
import { NotOtlpAnswer, readOtlpAnswer } from './otlp-answer.ts';
import type { RequestEncoding } from './request-encoding.ts';

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
/** Of a refusal, in characters: enough for a reason, and no page. */
const LONGEST_REASON = 500;

/** An answer that is no success. */
export class OtlpRefusal extends OTLPExporterError {
  /** Milliseconds for which the destination wants to be left alone; undefined when it does not say. */
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: string, retryAfter: number | undefined) {
    super(STATUS_CODES[status], status, reason);
    this.retryAfter = retryAfter;
  }
}

/**
 * OTLP over HTTP with the settings and agents of the stock exporter. A transport of its own since that of the stock
 * exporter keeps to itself what the caller has to know: the status of an answer that was tried again in vain and its
 * `Retry-After`, and whether a 200 was given by an OTLP receiver at all.
 */
export class OtlpTransport implements IExporterTransport {
  readonly #settings: OtlpSettings;
  readonly #encoding: RequestEncoding;
  readonly #isAgentShared: boolean;
  readonly #answers = new WeakMap<Uint8Array, IExportMetricsServiceResponse>();
  #client: Promise<HttpClient> | undefined;
  #secrets: readonly string[] = [];

  /** @param isAgentShared whether the agent is somebody else's, who closes it */
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
  answerOf(data: Uint8Array): IExportMetricsServiceResponse {
    return this.#answers.get(data) ?? {};
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
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
  }

  async #exchange(body: Uint8Array, timeout: number): Promise<ExportResponse> {
    const { url, headers: makeHeaders, bodyCompression, userAgent } = this.#settings;
    const { contentEncoding } = bodyCompression;
    try {
      const client = await this.#open();
      const headers = await makeHeaders();
      this.#secrets = sentSecrets(url, headers);
      const answer = await client.sendBytes(new URL(url), {
        method: 'POST',
        headers: {
          ...headers,
          ...(contentEncoding === undefined ? {} : { 'Content-Encoding': contentEncoding }),
          ...(userAgent === undefined ? {} : { 'user-agent': `${userAgent} otel-powervm/${version}` }),
        },
        body,
        exchangeTimeout: Math.max(1, timeout),
      });
      return this.#responseTo(answer);
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      const mayPass = !(error instanceof AnswerTooLarge) && socketProblem(error).kind === 'connection';
      return { status: mayPass ? 'retryable' : 'failure', error };
    }
  }

  #responseTo(answer: HttpBytes): ExportResponse {
    const { statusCode, headers, body } = answer;
    if (statusCode >= 200 && statusCode < 300) return this.#success(answer);
    const retryAfter = parseRetryAfter(headers['retry-after'], Date.now(), LONGEST_RETRY_AFTER);
    const error = new OtlpRefusal(statusCode, this.#reasonOf(body, headers), retryAfter);
    if (!RETRYABLE_STATUSES.has(statusCode)) return { status: 'failure', error };
    return { status: 'retryable', error, ...(retryAfter === undefined ? {} : { retryInMillis: retryAfter }) };
  }

  #success(answer: HttpBytes): ExportResponse {
    try {
      const redact = (text: string) => withoutSecrets(text, this.#secrets);
      this.#answers.set(answer.body, readOtlpAnswer(answer, this.#encoding, redact));
      return { status: 'success', data: answer.body };
    } catch (error) {
      if (!(error instanceof NotOtlpAnswer)) throw error;
      return { status: 'failure', error };
    }
  }

  /** Redacted before it is cut, so that no half of a secret is left. */
  #reasonOf(body: Buffer, headers: HttpBytes['headers']): string {
    const { location } = headers;
    const target = location === undefined ? '' : `to ${redactUrl(location)} `;
    const text = /\bhtml\b/i.test(headers['content-type'] ?? '') ? '(an HTML page)' : body.toString('utf8');
    return this.withoutSecrets(`${target}${text}`.trim()).slice(0, LONGEST_REASON);
  }
}

function pauseBefore(retry: number): number {
  const middle = FIRST_PAUSE * GROWTH ** retry;
  return Math.min(middle * (1 + JITTER * (Math.random() * 2 - 1)), LONGEST_PAUSE);
}
