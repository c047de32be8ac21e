import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { jsonOfPrintable } from '../../base/text/printable.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import type { CollectorView, Extension, ServedPage } from '../components/extensions/extension-component.ts';
import { BoundedServer, type BoundedServerOptions } from '../server/bounded-server.ts';
import { frameDetail, frameStatus } from './frame-report.ts';
import { History } from './history.ts';
import { type PageFile, PageFiles } from './page-files.ts';
import { partitionDetail } from './partition-report.ts';
import { RecentCounts } from './recent-counts.ts';
import { ReportWriter, type WrittenReport } from './report-writer.ts';
import type { FrameDetail, FrameHistories, PartitionDetail } from './status-model.ts';

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
  readonly #files = new PageFiles();
  readonly #history = new History();
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
    this.#server = new BoundedServer(server, (request, response, url) => this.#handle(request, response, url));
  }

  get page(): ServedPage | undefined {
    return this.#server.isListening ? { title: 'Status', url: `${this.#server.url}/` } : undefined;
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

  #handle(request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): void {
    if (pathname === '/status.json') {
      this.#sendReport(request, response);
      return;
    }
    const file = this.#files.get(pathname) ?? this.#content(pathname, searchParams.get('id'));
    if (file) send(request, response, file);
    else sendText(response, 404, 'there is no such page, and nothing of that id');
  }

  #content(pathname: string, id: string | null): PageFile | undefined {
    if (pathname === '/history.json') return json(this.#histories());
    const found =
      pathname === '/frame.json' ? this.#frame(id) : pathname === '/partition.json' ? this.#partition(id) : undefined;
    return found && json(found);
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
    const { frames, oldFrames } = this.#frames();
    const ids = [...frames, ...oldFrames].flatMap(({ system, partitions }) => [
      system.description.id,
      ...partitions.map(({ id }) => id),
    ]);
    this.#history.retain(new Set(ids));
    const statistics = this.#collector?.statistics() ?? new Map<string, SelfStatistics>();
    const recent = (key: string, count: number) => this.#counts.grown(key, count, madeAt);
    const own = this.page?.url;
    const links = (this.#collector?.pages ?? []).filter(({ url }) => url !== own);
    const sources = { time: this.#clock.now(), frames, oldFrames, statistics, recent, links };
    return { madeAt, ...this.#writer.write(sources) };
  }

  #histories(): FrameHistories {
    const { frames, oldFrames } = this.#frames();
    const ids = [...frames, ...oldFrames].map(({ system }) => system.description.id);
    return Object.fromEntries(ids.map((id) => [id, this.#history.ofFrame(id)]));
  }

  #frame(id: string | null): FrameDetail | undefined {
    const { frames, oldFrames } = this.#frames();
    const isSearched = ({ system }: FrameActivity) => system.description.id === id;
    const old = oldFrames.find(isSearched);
    const frame = frames.find(isSearched) ?? old;
    if (!frame) return undefined;
    return frameDetail(frame, frameStatus(frame, frame === old), this.#history.ofFrame(frame.system.description.id));
  }

  #partition(id: string | null): PartitionDetail | undefined {
    const { frames, oldFrames } = this.#frames();
    for (const frame of [...frames, ...oldFrames]) {
      const partition = frame.partitions.find((candidate) => candidate.id === id);
      if (partition) return partitionDetail(partition, frame, this.#history, oldFrames.includes(frame));
    }
    return undefined;
  }

  /** A frame that cannot be read at present is shown as it was, and said to be old. */
  #frames(): { readonly frames: readonly FrameActivity[]; readonly oldFrames: readonly FrameActivity[] } {
    const receivers = [...(this.#collector?.receivers.values() ?? [])];
    const frames = receivers.flatMap((receiver) => receiver.frames());
    const reported = new Set(frames.map(({ system }) => system.description.id));
    const oldFrames = receivers
      .flatMap((receiver) => receiver.systems())
      .flatMap(({ activity }) => (activity && !reported.has(activity.system.description.id) ? [activity] : []));
    return { frames, oldFrames };
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
