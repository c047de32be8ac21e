import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { printableJson } from '../../base/text/printable.ts';
import type { CollectorView, Extension, ServedPage } from '../components/extensions/extension-component.ts';
import { BoundedServer, type BoundedServerOptions } from '../server/bounded-server.ts';
import { isBrowser, sendLandingPage } from '../server/landing-page.ts';
import { type ComponentStatus, overallStatus } from './component-status.ts';

export interface HealthCheckOptions {
  readonly server: BoundedServerOptions;
  readonly path: string;
  /** Milliseconds after which an error that may pass is answered with 500; undefined: never. */
  readonly recoveryTime: number | undefined;
  /** Whether an error that only an operator can mend is answered with 500. */
  readonly includesPermanent: boolean;
}

/**
 * Says whether the collector is well, with the semantics of the OpenTelemetry Collector's health check: 200 while it
 * works, also with recoverable errors; 503 while it starts and stops; 500 for errors that did not recover in time, or
 * need an operator, if configured. `?verbose` reports every component.
 */
export class HealthCheck implements Extension {
  readonly #options: HealthCheckOptions;
  readonly #server: BoundedServer;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #collector: CollectorView | undefined;
  #startTime = 0;
  #isStopping = false;

  constructor(options: HealthCheckOptions, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#server = new BoundedServer(options.server, (request, response, url) => this.#handle(request, response, url));
  }

  async start(collector: CollectorView): Promise<void> {
    this.#collector = collector;
    this.#startTime = this.#clock.now();
    await this.#server.start();
    this.#logger.info({ url: this.#server.url + this.#options.path }, 'the health check is at');
  }

  get page(): ServedPage | undefined {
    if (!this.#server.isListening) return undefined;
    return { title: 'Health', url: `${this.#server.url}${this.#options.path}?verbose` };
  }

  async shutdown(): Promise<void> {
    this.#isStopping = true;
    await this.#server.stop();
  }

  #handle(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (url.pathname === '/' && url.search === '' && isBrowser(request)) {
      this.#land(request, response);
      return;
    }
    if (url.pathname !== this.#options.path) {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('there is no such page\n');
      return;
    }
    const { components, ...status } = this.#status();
    const isVerbose = url.searchParams.has('verbose') && url.searchParams.get('verbose') !== 'false';
    const body = {
      start_time: new Date(this.#startTime).toISOString(),
      ...status,
      status_time: new Date(this.#clock.now()).toISOString(),
      ...(isVerbose ? { components } : {}),
    };
    response.writeHead(this.#statusCode(status), { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : printableJson(`${JSON.stringify(body)}\n`));
  }

  /** For people: supervisors do not ask for HTML. */
  #land(request: IncomingMessage, response: ServerResponse): void {
    const { status, error, components: _, ...more } = this.#status();
    const about = `The health check of the collector says ${status}${error === undefined ? '' : `: ${error}`}.`;
    const statusCode = this.#options.path === '/' ? this.#statusCode({ status, ...more }) : 200;
    sendLandingPage(request, response, { pages: this.#collector?.pages ?? [], about, statusCode });
  }

  #status(): ComponentStatus {
    return overallStatus(this.#phase, this.#collector?.statistics() ?? new Map());
  }

  get #phase() {
    if (this.#isStopping) return 'stopping';
    return this.#collector?.isReady ? 'running' : 'starting';
  }

  #statusCode({ status, seconds = 0 }: Pick<ComponentStatus, 'status' | 'seconds'>): number {
    if (status === 'StatusStarting' || status === 'StatusStopping') return 503;
    const { recoveryTime, includesPermanent } = this.#options;
    if (status === 'StatusPermanentError') return includesPermanent ? 500 : 200;
    if (status === 'StatusOK' || recoveryTime === undefined) return 200;
    return seconds * 1000 > recoveryTime ? 500 : 200;
  }
}
