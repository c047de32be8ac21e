import { randomBytes } from 'node:crypto';
import { type HandledRequest, RequestLog } from '../http/request-log.ts';
import { refusal } from '../http/resources/atom-text.ts';
import type { SimulatedResponse } from '../http/response.ts';
import { SimulatorServer } from '../http/server.ts';
import { LOGON_PATH, Sessions } from '../http/sessions.ts';
import type { SimulatedRequest } from '../options.ts';
import type { Bundle } from './bundle.ts';

/** Where a replay listens, and who may log on. */
export interface ReplayOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default `hscroot`. */
  readonly username?: string;
  /** Default: a random one. */
  readonly password?: string;
}

/** Of the connection that was recorded, not of what was answered. */
const NOT_REPLAYED = /^(?:connection|content-encoding|content-length|date|keep-alive|set-cookie|transfer-encoding)$/i;

/**
 * A console that answers what another one once did. Logon and logoff are its own; its clock begins at the time of the
 * recording. What was asked several times answers as it did the last time that it had something to say.
 */
export class PowerVmReplay {
  readonly console: 'hmc' | 'novalink';
  readonly username: string;
  readonly password: string;
  /** UUIDs of the managed systems in the recording. */
  readonly systems: readonly string[];
  readonly #options: ReplayOptions;
  readonly #recordedAt: number;
  readonly #responses = new Map<string, SimulatedResponse>();
  readonly #sessions: Sessions;
  readonly #requestLog = new RequestLog();
  #server: SimulatorServer | undefined;
  #startedAt = 0;
  #url = '';

  constructor(bundle: Bundle, options: ReplayOptions = {}) {
    this.console = bundle.console;
    this.#recordedAt = bundle.recordedAt;
    this.#options = options;
    this.username = options.username ?? 'hscroot';
    this.password = options.password ?? randomBytes(9).toString('base64url');
    this.#sessions = new Sessions(this.username, this.password, this.console === 'novalink', () => undefined);
    for (const { method, path, status, headers, body } of bundle.exchanges) {
      const key = keyOf(method, new URL(path, 'http://bundle.invalid'));
      if (this.#responses.has(key) && (status >= 400 || status === 204 || status === 304)) continue;
      const kept = Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) =>
          NOT_REPLAYED.test(name) ? [] : [[name.toLowerCase(), value]],
        ),
      );
      this.#responses.set(key, { status, headers: kept, ...(body === undefined ? {} : { body }) });
    }
    const ids = bundle.exchanges.flatMap(({ path }) => /\/ManagedSystem\/([0-9a-f-]{36})/i.exec(path)?.[1] ?? []);
    this.systems = [...new Set(ids.map((id) => id.toLowerCase()))];
  }

  /** `http://127.0.0.1:1234`, once it is started. */
  get url(): string {
    return this.#url;
  }

  /** The newest ten thousand. */
  get requests(): readonly HandledRequest[] {
    return this.#requestLog.answered;
  }

  async start(): Promise<void> {
    this.#startedAt = Date.now();
    this.#server = new SimulatorServer(
      {
        respond: (request, body) => this.#respond(request, body),
        intercept: () => undefined,
        isDown: () => false,
        hasExpiredCertificate: () => false,
        begin: (request) => this.#requestLog.begin(request),
        observe: (request, status) => this.#requestLog.observe(request, status),
        end: () => this.#requestLog.end(),
        now: () => this.#recordedAt + Date.now() - this.#startedAt,
      },
      undefined,
    );
    const { port, address } = await this.#server.listen(this.#options.host ?? '127.0.0.1', this.#options.port ?? 0);
    this.#url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    await this.#sessions.removeTokenFiles();
  }

  async #respond({ method, path, query, headers }: SimulatedRequest, body: string): Promise<SimulatedResponse> {
    if (path === LOGON_PATH && method === 'PUT') return this.#sessions.logOn(body);
    if (path === LOGON_PATH && method === 'DELETE') return this.#sessions.logOff(headers['x-api-session']);
    this.#sessions.require(headers['x-api-session']);
    const url = new URL(`http://bundle.invalid${path}?${query}`);
    const recorded = this.#responses.get(keyOf(method, url));
    if (!recorded) return refusal(404, path, 'This was not asked when the bundle was recorded.');
    const etag = recorded.headers?.etag;
    const isUnchanged = etag !== undefined && headers['if-none-match'] === etag;
    return isUnchanged ? { status: 304, headers: { etag } } : recorded;
  }
}

/** Windows of time differ with every question; only the type of metrics is another resource. */
function keyOf(method: string, url: URL): string {
  return `${method} ${decodeURIComponent(url.pathname)} ${url.searchParams.get('Type') ?? ''}`;
}
