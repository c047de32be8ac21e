import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsoleRequestLog } from './request-log.ts';

const REQUEST_LOG_PATH = '/simulator/requests';

/**
 * Serves the request logs of the consoles to other processes on a separate loopback port: the consoles may be down, and
 * requests here are not counted.
 */
export class ControlServer {
  readonly #server: http.Server;

  constructor(requestLog: () => readonly ConsoleRequestLog[]) {
    this.#server = http.createServer((request, response) => {
      const isRequestLog = request.method === 'GET' && request.url === REQUEST_LOG_PATH;
      response.writeHead(isRequestLog ? 200 : 404, { 'content-type': 'application/json' });
      response.end(isRequestLog ? JSON.stringify({ consoles: requestLog() }) : '{}');
    });
  }

  /** @returns the address of the request log */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${REQUEST_LOG_PATH}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
