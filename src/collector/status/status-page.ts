import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { jsonOfPrintable } from '../../base/printable.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import type { CollectorView, Extension } from '../components/extension-component.ts';
import { BoundedServer, type BoundedServerOptions } from '../server/bounded-server.ts';
import { HistoryBook } from './history-book.ts';
import { loadPageFiles, type PageFile } from './page-files.ts';
import { RecentCounts } from './recent-counts.ts';
import { partitionHistory } from './report.ts';
import { ReportWriter, type WrittenReport } from './report-writer.ts';

/** A report is made once for everybody who asks within this time. */
const REPORT_LIFE = 2_000;

/** Nothing but our own scripts and styles, no frame around the page, no form out of it. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export interface StatusPageOptions {
  readonly server: BoundedServerOptions;
  /** Instants before the start that the charts begin with. */
  readonly lookBack: number;
}

interface Report extends WrittenReport {
  readonly madeAt: number;
}

/** Offers the status page. It asks the receivers for nothing that they do not have. */
export class StatusPage implements Extension {
  readonly #server: BoundedServer;
  readonly #lookBack: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #files = loadPageFiles();
  readonly #history = new HistoryBook();
  readonly #counts = new RecentCounts();
  readonly #writer = new ReportWriter();
  #collector: CollectorView | undefined;
  #report: Report | undefined;
  #stopListening: readonly (() => void)[] = [];

  constructor(
    { server, lookBack }: StatusPageOptions,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#lookBack = lookBack;
    this.#clock = clock;
    this.#logger = logger;
    this.#server = new BoundedServer(server, (request, response, url) => this.#answer(request, response, url));
  }

  async start(collector: CollectorView): Promise<void> {
    this.#collector = collector;
    this.#stopListening = [...collector.receivers.values()].flatMap((receiver) => {
      const subscription = receiver.subscribe('status_page', this.#history, { lookBack: this.#lookBack });
      const stop = receiver.onActivity(() => {
        this.#report = undefined;
      });
      return [() => subscription.close(), stop];
    });
    await this.#server.start();
    this.#logger.info({ url: this.#server.url }, 'the status page is at');
  }

  async shutdown(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    await this.#server.stop();
  }

  #answer(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const file = this.#files.get(url.pathname);
    if (file) send(request, response, file);
    else if (url.pathname === '/status.json') this.#sendReport(request, response);
    else if (url.pathname === '/partition.json') this.#sendPartition(url.searchParams.get('id'), request, response);
    else sendText(response, 404, 'there is no such page');
  }

  #sendReport(request: IncomingMessage, response: ServerResponse): void {
    const now = this.#clock.monotonic();
    if (!this.#report || now - this.#report.madeAt > REPORT_LIFE) this.#report = this.#makeReport(now);
    const { file, tag } = this.#report;
    response.setHeader('ETag', tag);
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, SECURITY_HEADERS).end();
    } else {
      send(request, response, file());
    }
  }

  #makeReport(madeAt: number): Report {
    const frames = this.#frames();
    this.#history.keepOnly(new Set(frames.flatMap(({ partitions }) => partitions.map(({ id }) => id))));
    const statistics = this.#collector?.statistics() ?? new Map<string, SelfStatistics>();
    const recent = (key: string, count: number) => this.#counts.grown(key, count, madeAt);
    return { madeAt, ...this.#writer.write({ time: this.#clock.now(), frames, statistics, recent }) };
  }

  #sendPartition(id: string | null, request: IncomingMessage, response: ServerResponse): void {
    for (const frame of this.#frames()) {
      const partition = frame.partitions.find((candidate: PartitionActivity) => candidate.id === id);
      if (!partition) continue;
      send(request, response, json(partitionHistory(partition, frame, this.#history.of(partition.id))));
      return;
    }
    sendText(response, 404, 'there is no such partition');
  }

  #frames(): readonly FrameActivity[] {
    return [...(this.#collector?.receivers.values() ?? [])].flatMap((receiver) => receiver.frames());
  }
}

function json(content: unknown): PageFile {
  return { type: 'application/json; charset=utf-8', content: Buffer.from(jsonOfPrintable(content)) };
}

function send({ method }: IncomingMessage, response: ServerResponse, { type, content }: PageFile): void {
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    'Content-Type': type,
    'Content-Length': content.length,
    'Cache-Control': 'no-cache',
  });
  response.end(method === 'HEAD' ? undefined : content);
}

function sendText(response: ServerResponse, statusCode: number, text: string): void {
  response.writeHead(statusCode, { ...SECURITY_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
