import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterThisTest } from '../../helpers/console.ts';

/** Polls without a request, after which nobody asks Nova any more. */
const QUIET = 3;

/** Stands before the real Nova and hands everything on, so that it is seen whether a request is in progress. */
export class NovaProxy {
  readonly url: string;
  #received = 0;
  #answered = 0;

  private constructor(url: string) {
    this.url = url;
  }

  /** @param target address of Nova's API */
  static async before(target: string): Promise<NovaProxy> {
    const server = createServer((request, response) => {
      proxy.#received += 1;
      const { method, headers } = request;
      const url = new URL(request.url ?? '', target);
      const passed = sendRequest(url, { method, headers: { ...headers, host: url.host } }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      });
      passed.on('error', (error) => response.destroy(error));
      response.on('close', () => {
        proxy.#answered += 1;
      });
      request.pipe(passed);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterThisTest(async () => {
      server.close();
      server.closeAllConnections();
    });
    const proxy = new NovaProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return proxy;
  }

  /** Waits until no request is in progress. */
  async settle(): Promise<void> {
    for (let [quiet, before] = [0, -1]; quiet < QUIET; before = this.#received) {
      await sleep(1);
      quiet = this.#received === before && this.#received === this.#answered ? quiet + 1 : 0;
    }
  }
}
