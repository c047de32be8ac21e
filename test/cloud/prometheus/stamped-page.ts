import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/base/clock/clock.ts';
import { afterThisTest } from '../../helpers/console.ts';

/** Polls in which nothing changed, after which everything has come. */
const STILL = 5;

/**
 * Pages of the product as a Prometheus would have fetched them at the simulated time: each series gets that time, so that an
 * hour passes for the real Prometheus as well. It is let in when the clock stands still and the pages have what is new.
 */
export class StampedPages {
  readonly address: string;
  readonly #ports: readonly number[];
  readonly #clock: Clock;
  #shown: readonly string[] = [];
  #stamped: ReadonlyMap<string, string> = new Map();
  #served = 0;

  private constructor(ports: readonly number[], clock: Clock, address: string) {
    this.#ports = ports;
    this.#clock = clock;
    this.address = address;
  }

  /** @param ports of the pages, which are the paths of this server */
  static async before(ports: readonly number[], clock: Clock): Promise<StampedPages> {
    const server = createServer((request, response) => {
      const page = pages.#stamped.get(request.url ?? '');
      response.writeHead(page === undefined ? 503 : 200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(page);
      if (page !== undefined) pages.#served += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterThisTest(async () => {
      server.close();
      server.closeAllConnections();
    });
    const pages = new StampedPages(ports, clock, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    return pages;
  }

  /** Waits until the pages have what the last step brought, shows them to Prometheus, and waits until it has them. */
  async show(): Promise<void> {
    const before = this.#shown;
    for (let quiet = 0; quiet < STILL; await sleep(20)) {
      const now = await Promise.all(this.#ports.map(fetchPage));
      const isNew = now.every((page, index) => page !== before[index]);
      quiet = isNew && now.every((page, index) => page === this.#shown[index]) ? quiet + 1 : 0;
      this.#shown = now;
    }
    const time = this.#clock.now();
    this.#stamped = new Map(this.#ports.map((port, index) => [`/${port}`, stamped(this.#shown[index] ?? '', time)]));
    // When it fetches one a second time, it has taken what it fetched first.
    for (const enough = this.#served + 2 * this.#ports.length; this.#served < enough; ) await sleep(20);
    this.#stamped = new Map();
  }
}

async function fetchPage(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept: 'text/plain' } })).text();
}

function stamped(page: string, time: number): string {
  const lines = page.split('\n');
  return lines.map((line) => (line === '' || line.startsWith('#') ? line : `${line} ${time}`)).join('\n');
}
