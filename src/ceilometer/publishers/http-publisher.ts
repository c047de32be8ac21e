import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { ExportError } from '../../base/errors/errors.ts';
import { HttpClient, type HttpResponse, isContentRejection, isTransientStatus } from '../../base/http/http-client.ts';
import { type SocketError, socketError } from '../../base/http/socket-error.ts';
import type { TlsOptions } from '../../base/http/tls-options.ts';
import { redactUrl } from '../../base/secrets/secret.ts';
import type { CeilometerSample } from '../samples/sample.ts';
import type { Publisher } from './publisher.ts';
import { UrlOptions } from './url-options.ts';

/** Options of the publisher itself; every other query parameter stays in the address, as Ceilometer has it. */
const ownOptions = ['timeout', 'max_retries', 'batch', 'verify_ssl', 'clientcert', 'clientkey', 'raw_only'] as const;
/** Only the status of the response is read. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * `http://user:password@host:port/path?timeout=5&max_retries=2&batch=true&verify_ssl=true`: posts a JSON array of
 * samples, or with `batch=false` one object at a time. Options and defaults are those of Ceilometer's http publisher.
 */
export class HttpPublisher implements Publisher {
  readonly name: string;
  readonly #url: URL;
  readonly #isBatch: boolean;
  readonly #maxRetries: number;
  /** Milliseconds for one request. */
  readonly #timeout: number;
  readonly #client: HttpClient;
  /** Objects that were posted one at a time before one failed. */
  readonly #posted = new WeakMap<readonly CeilometerSample[], number>();

  /** @throws {ConfigurationError} for an option that cannot be, and for a file that cannot be read */
  constructor(url: URL) {
    const options = new UrlOptions(url);
    this.#url = new URL(url);
    for (const name of ownOptions) this.#url.searchParams.delete(name);
    this.name = redactUrl(url.href);
    this.#isBatch = options.flag('batch', true);
    this.#maxRetries = options.number('max_retries', 2);
    this.#timeout = options.number('timeout', 5, 0.001) * 1000;
    this.#client = new HttpClient({
      tls: tlsOptions(options),
      connectTimeout: this.#timeout,
      readTimeout: this.#timeout,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    if (samples.length === 0) return;
    if (this.#isBatch) return this.#post(samples);
    let refusal: unknown;
    for (const sample of samples.slice(this.#posted.get(samples) ?? 0)) {
      await this.#post(sample).catch((error: ExportError) => {
        if (!error.permanent) throw error;
        // A rejected one is skipped alone.
        refusal ??= error;
      });
      this.#posted.set(samples, (this.#posted.get(samples) ?? 0) + 1);
    }
    this.#posted.delete(samples);
    if (refusal) throw refusal;
  }

  async close(): Promise<void> {
    this.#client.closeConnections();
  }

  async #post(content: readonly CeilometerSample[] | CeilometerSample): Promise<void> {
    const { statusCode } = await this.#send(JSON.stringify(content));
    if (statusCode >= 200 && statusCode < 300) return;
    throw new ExportError(codeOf(statusCode), `${this.name}: the answer was ${statusCode}`, {
      context: { publisher: this.name, statusCode },
    });
  }

  /** As Ceilometer's: connections are tried again, at once, and answers are not. */
  async #send(body: string): Promise<HttpResponse> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#client.send(this.#url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          exchangeTimeout: this.#timeout,
        });
      } catch (error) {
        const problem = socketError(error);
        if (attempt < this.#maxRetries && isConnectionProblem(problem)) continue;
        throw new ExportError('POWERVM_EXPORT_FAILED', `${this.name}: ${problem.reason}`, {
          cause: error,
          context: { publisher: this.name },
        });
      }
    }
  }
}

/** A changed token or address loses no sample: they wait until it is corrected. */
function codeOf(statusCode: number): ErrorCode {
  if (isContentRejection(statusCode)) return 'POWERVM_EXPORT_REFUSED';
  return statusCode >= 500 || isTransientStatus(statusCode) ? 'POWERVM_EXPORT_FAILED' : 'POWERVM_EXPORT_DENIED';
}

/** What never reached the other end, or may not have: a response that is too slow is not asked for again. */
function isConnectionProblem({ kind, code }: SocketError): boolean {
  return kind === 'connection' && code !== 'ETIMEDOUT';
}

/** `verify_ssl` is true, false, or the path of the certificate authorities. */
function tlsOptions(options: UrlOptions): TlsOptions {
  const verify = options.text('verify_ssl') ?? 'true';
  const isWord = /^(true|false|1|0|yes|no|on|off|)$/i.test(verify);
  const [certFile, ownKeyFile] = [options.text('clientcert'), options.text('clientkey')];
  // One file may hold both, as with Python's requests.
  const keyFile = ownKeyFile ?? certFile;
  return {
    ...(isWord && !options.flag('verify_ssl', true) ? { insecureSkipVerify: true } : {}),
    ...(isWord ? {} : { caFile: verify }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}
