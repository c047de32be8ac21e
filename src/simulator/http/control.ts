import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsoleBook } from './book.ts';

const BOOK_PATH = '/simulator/book';

/**
 * Tells other processes what the consoles remember, on a loopback port of its own: the consoles may be down, and what
 * is asked here does not count.
 */
export class ControlServer {
  readonly #server: http.Server;

  constructor(book: () => readonly ConsoleBook[]) {
    this.#server = http.createServer((request, response) => {
      const isBook = request.method === 'GET' && request.url === BOOK_PATH;
      response.writeHead(isBook ? 200 : 404, { 'content-type': 'application/json' });
      response.end(isBook ? JSON.stringify({ consoles: book() }) : '{}');
    });
  }

  /** @returns the address of the book */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${BOOK_PATH}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
