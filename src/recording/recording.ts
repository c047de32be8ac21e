import { printableJson } from '../base/text/printable.ts';
import { redactBody } from './redact-body.ts';
import { Redaction } from './redaction.ts';

/** One question to a console and its response. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Headers that say something about the response and nothing about the console. */
const RECORDED_HEADERS = ['content-type', 'x-mc-type', 'retry-after'] as const;

/** What a console was asked and answered, the newest answer of each resource; and the bundle that is made of it. */
export class Recording {
  readonly #exchanges = new Map<string, Exchange>();

  add(exchange: Exchange): void {
    const key = resourceOf(exchange);
    const isContent = exchange.statusCode === 200;
    if (!isContent && this.#exchanges.has(key)) return;
    this.#exchanges.set(key, exchange);
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /**
   * The lines of a bundle (docs/simulator.md), without anything that identifies the console.
   * @param recordedAt milliseconds since 1970, by the clock of the console
   */
  bundle(console: 'hmc' | 'novalink', recordedAt: number): string {
    const redaction = new Redaction();
    const head = { bundle: 'otel-powervm', version: 1, console, recorded_at: new Date(recordedAt).toISOString() };
    const lines = [...this.#exchanges.values()].map(({ method, path, statusCode, headers, body }) => ({
      method,
      path: redaction.path(path),
      status: statusCode,
      headers: Object.fromEntries(
        RECORDED_HEADERS.flatMap((name) => {
          const value = headers[name];
          return value !== undefined && /^[\w ./+;=-]{1,80}$/.test(value) ? [[name, value]] : [];
        }),
      ),
      ...(body === '' ? {} : { body: redactBody(body, redaction) }),
    }));
    // It is to be looked through before it is given away, and a terminal must not hide a part of it.
    return printableJson([head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

/** Windows of time differ with every question; the type of metrics is another resource. */
function resourceOf({ method, path }: Exchange): string {
  const [pathname = '', query = ''] = path.split('?');
  return `${method} ${pathname} ${new URLSearchParams(query).get('Type') ?? ''}`;
}
