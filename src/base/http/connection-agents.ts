import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { openTunnel, type ProxyOptions } from './proxy-tunnel.ts';
import type { TlsOptions } from './tls-options.ts';

/** TLS options of connections that can also be pinned to a certificate. */
export interface PinnableTlsOptions extends TlsOptions {
  /**
   * Instead of an authority: the SHA-256 fingerprint of the server's certificate, 64 hexadecimal digits with or without
   * colons; several while a certificate is being exchanged. Only these are trusted, whoever signed them, whatever name
   * and validity they have.
   */
  readonly fingerprint?: string | readonly string[];
}

export interface ConnectionOptions {
  readonly tls?: PinnableTlsOptions | undefined;
  readonly proxy?: ProxyOptions | undefined;
  /** Carries every connection in place of agents of our own; `tls` and `proxy` are its maker's business then. */
  readonly agent?: http.Agent | undefined;
  /** Milliseconds until a connection stands. */
  readonly connectTimeout: number;
}

/** The agents that got takes, with kept connections. They have no TLS options of their own: those come with a request. */
export interface ConnectionAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** The server showed another certificate than the pinned one. */
class FingerprintMismatch extends Error {
  override readonly name = 'FingerprintMismatch';
  readonly code = 'ERR_TLS_FINGERPRINT';
}

/** @param pins fingerprints of the certificates that are trusted instead of an authority, as Node writes them */
export function connectionAgents(
  { agent, proxy, connectTimeout }: ConnectionOptions,
  pins: readonly string[] | undefined,
): ConnectionAgents {
  // Agents of libraries extend `http.Agent` for TLS as well.
  if (agent) return { http: agent, https: agent as https.Agent };
  return {
    http: proxy ? new TunnellingAgent(proxy, connectTimeout) : new http.Agent({ keepAlive: true }),
    https:
      proxy || pins
        ? new CheckingAgent({ proxy, pins, timeout: connectTimeout })
        : new https.Agent({ keepAlive: true }),
  };
}

/** Closes what waits for the next request. When one of them was found closed, the others will be, too. */
export function closeIdleConnections(agents: ConnectionAgents): void {
  for (const { freeSockets } of [agents.http, agents.https]) {
    for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
  }
}

/** Called with a connection, or with the reason why there is none. Node ignores the stream beside an error. */
type Connected = ((error: Error | null, stream: Duplex) => void) | undefined;

/** Clear text through a proxy. */
class TunnellingAgent extends http.Agent {
  readonly #proxy: ProxyOptions;
  readonly #timeout: number;

  constructor(proxy: ProxyOptions, timeout: number) {
    super({ keepAlive: true });
    this.#proxy = proxy;
    this.#timeout = timeout;
  }

  override createConnection(target: http.ClientRequestArgs, connected?: Connected): undefined {
    settle(openTunnel(this.#proxy, addressOf(target), this.#timeout), connected);
  }
}

interface Checks {
  readonly proxy: ProxyOptions | undefined;
  readonly pins: readonly string[] | undefined;
  readonly timeout: number;
}

/** TLS through a proxy, or with a pinned certificate. Hands a connection out only when its certificate was checked. */
class CheckingAgent extends https.Agent {
  readonly #checks: Checks;

  constructor(checks: Checks) {
    super({ keepAlive: true });
    this.#checks = checks;
  }

  override createConnection(target: https.RequestOptions, connected?: Connected): undefined {
    settle(this.#connect(target), connected);
  }

  async #connect(target: https.RequestOptions): Promise<Socket> {
    const { proxy, pins, timeout } = this.#checks;
    const address = addressOf(target);
    const tunnel = proxy ? await openTunnel(proxy, address, timeout) : undefined;
    // With a pin it is this certificate that is trusted, whoever signed it and whatever name it has.
    const socket = tls.connect({
      ...(target as tls.ConnectionOptions),
      ...address,
      ...(tunnel ? { socket: tunnel } : {}),
      ...(pins ? { rejectUnauthorized: false } : {}),
    });
    await handshake(socket, timeout);
    if (pins) requirePinned(socket, pins);
    return socket;
  }
}

function addressOf({ host, port }: http.ClientRequestArgs): { readonly host: string; readonly port: number } {
  return { host: host ?? 'localhost', port: Number(port) };
}

function settle(connecting: Promise<Duplex>, connected: Connected): void {
  connecting.then(
    (stream) => connected?.(null, stream),
    (error) => connected?.(error, undefined as unknown as Duplex),
  );
}

function handshake(socket: tls.TLSSocket, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const onClose = () => fail(Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' }));
    const timer = setTimeout(
      () => fail(Object.assign(new Error('no TLS handshake in time'), { code: 'ETIMEDOUT' })),
      timeout,
    );
    socket.once('error', fail);
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      socket.removeListener('close', onClose);
      resolve();
    });
  });
}

function requirePinned(socket: tls.TLSSocket, pins: readonly string[]): void {
  const { fingerprint256 = '' } = socket.getPeerCertificate();
  if (pins.includes(fingerprint256)) return;
  socket.destroy();
  throw new FingerprintMismatch(
    `the certificate is not the pinned one: its fingerprint is ${fingerprint256 === '' ? 'not known' : fingerprint256}`,
  );
}
