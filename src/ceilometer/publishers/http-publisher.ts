import { got, HTTPError, type OptionsInit } from 'got';
import { ExportError } from '../../base/errors.ts';
import { withoutRequest } from '../../base/http-client.ts';
import { readTextFile } from '../../base/read-text-file.ts';
import { redactUrl } from '../../base/secret.ts';
import { socketProblem } from '../../base/socket-problem.ts';
import type { CeilometerSample } from '../sample.ts';
import type { Publisher } from './publisher.ts';
import { UrlOptions } from './url-options.ts';

/** Options of the publisher itself; every other query parameter stays in the address, as Ceilometer has it. */
const ownOptions = ['timeout', 'max_retries', 'batch', 'verify_ssl', 'clientcert', 'clientkey', 'raw_only'] as const;
/** Answers after which the same samples may be taken later. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * `http://user:password@host:port/path?timeout=5&max_retries=2&batch=true&verify_ssl=true`: posts a JSON array of
 * samples, or with `batch=false` one object at a time. Options and defaults are those of Ceilometer's http publisher.
 */
export class HttpPublisher implements Publisher {
  readonly name: string;
  readonly #url: URL;
  readonly #isBatch: boolean;
  readonly #options: OptionsInit;
  /** Objects that were posted one at a time before one failed. */
  readonly #posted = new WeakMap<readonly CeilometerSample[], number>();

  /** @throws {ConfigurationError} for an option that cannot be, and for a file that cannot be read */
  constructor(url: URL) {
    const options = new UrlOptions(url);
    this.#url = new URL(url);
    for (const name of ownOptions) this.#url.searchParams.delete(name);
    this.name = redactUrl(url.href);
    this.#isBatch = options.flag('batch', true);
    this.#options = {
      method: 'POST',
      timeout: { request: options.number('timeout', 5, 0.001) * 1000 },
      // As Ceilometer's: connections are tried again, answers are not.
      retry: { limit: options.number('max_retries', 2), methods: ['POST'], statusCodes: [] },
      https: tlsOptions(options),
    };
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    if (samples.length === 0) return;
    if (this.#isBatch) return this.#post(samples);
    let refusal: unknown;
    for (const sample of samples.slice(this.#posted.get(samples) ?? 0)) {
      await this.#post(sample).catch((error: ExportError) => {
        if (!error.permanent) throw error;
        // One that is refused costs itself.
        refusal ??= error;
      });
      this.#posted.set(samples, (this.#posted.get(samples) ?? 0) + 1);
    }
    this.#posted.delete(samples);
    if (refusal) throw refusal;
  }

  async close(): Promise<void> {}

  async #post(content: readonly CeilometerSample[] | CeilometerSample): Promise<void> {
    try {
      await got(this.#url, { ...this.#options, json: content });
    } catch (error) {
      const status = error instanceof HTTPError ? error.response.statusCode : undefined;
      const isRefusal = status !== undefined && !TRANSIENT_STATUSES.has(status);
      throw new ExportError(
        isRefusal ? 'POWERVM_EXPORT_REFUSED' : 'POWERVM_EXPORT_FAILED',
        `${this.name}: ${status === undefined ? socketProblem(error).reason : `the answer was ${status}`}`,
        { cause: withoutRequest(error), context: { publisher: this.name, statusCode: status } },
      );
    }
  }
}

/** `verify_ssl` is true, false, or the path of the certificate authorities. */
function tlsOptions(options: UrlOptions): NonNullable<OptionsInit['https']> {
  const verify = options.text('verify_ssl') ?? 'true';
  const isWord = /^(true|false|1|0|yes|no|on|off|)$/i.test(verify);
  const [certificate, key] = [options.text('clientcert'), options.text('clientkey')];
  return {
    ...(isWord && !options.flag('verify_ssl', true) ? { rejectUnauthorized: false } : {}),
    ...(isWord ? {} : { certificateAuthority: readTextFile(verify) }),
    ...(certificate === undefined ? {} : { certificate: readTextFile(certificate) }),
    // One file may hold both, as with Python's requests.
    ...(certificate === undefined && key === undefined ? {} : { key: readTextFile(key ?? certificate ?? '') }),
  };
}
