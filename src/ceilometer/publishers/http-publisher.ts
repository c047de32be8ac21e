import { readFileSync } from 'node:fs';
import { got, HTTPError, type OptionsInit } from 'got';
import { describeError, ExportError } from '../../base/errors.ts';
import { redactUrl } from '../../base/secret.ts';
import type { CeilometerSample } from '../sample.ts';
import type { Publisher } from './publisher.ts';

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

  constructor(url: URL) {
    this.#url = new URL(url);
    for (const name of ownOptions) this.#url.searchParams.delete(name);
    this.name = redactUrl(url.href);
    const option = (name: (typeof ownOptions)[number]) => url.searchParams.get(name) ?? undefined;
    this.#isBatch = option('batch')?.toLowerCase() !== 'false';
    this.#options = {
      method: 'POST',
      timeout: { request: Number(option('timeout') ?? 5) * 1000 },
      // As Ceilometer's: connections are tried again, answers are not.
      retry: { limit: Number(option('max_retries') ?? 2), methods: ['POST'], statusCodes: [] },
      https: tlsOptions(option('verify_ssl'), option('clientcert'), option('clientkey')),
    };
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    if (samples.length === 0) return;
    if (this.#isBatch) await this.#post(samples);
    else for (const sample of samples) await this.#post(sample);
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
        `${this.name}: ${status === undefined ? describeError(error) : `the answer was ${status}`}`,
        { cause: error, context: { publisher: this.name, statusCode: status } },
      );
    }
  }
}

/** `verify_ssl` is true, false, or the path of the certificate authorities. */
function tlsOptions(verify: string | undefined, certificate: string | undefined, key: string | undefined) {
  const word = (verify ?? 'true').toLowerCase();
  return {
    ...(word === 'false' ? { rejectUnauthorized: false } : {}),
    ...(word === 'true' || word === 'false' ? {} : { certificateAuthority: readFileSync(verify ?? '', 'utf8') }),
    ...(certificate === undefined ? {} : { certificate: readFileSync(certificate, 'utf8') }),
    ...(key === undefined ? {} : { key: readFileSync(key, 'utf8') }),
  };
}
