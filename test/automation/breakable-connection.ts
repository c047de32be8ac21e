import net, { type AddressInfo } from 'node:net';

/** Stands between the server and Gerrit's SSH, and breaks when a test wants it. */
export class BreakableConnection {
  readonly #sockets = new Set<net.Socket>();
  #isBroken = false;
  #target = '';
  readonly #server = net.createServer((incoming) => this.#connect(incoming));

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(target: string): Promise<void> {
    this.#target = target;
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.break();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  break(): void {
    this.#isBroken = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isBroken = false;
  }

  #connect(incoming: net.Socket): void {
    if (this.#isBroken) {
      incoming.destroy();
      return;
    }
    const [host = '', port = ''] = this.#target.split(':');
    const outgoing = net.connect(Number(port), host);
    for (const socket of [incoming, outgoing]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  }
}
