import type { Clock } from '../../base/clock/clock.ts';
import { isSessionLost, responseError } from '../errors/response-errors.ts';
import type { ConsoleRequest, ConsoleResponse } from '../requests/exchange.ts';
import { retryWhileBusy } from '../requests/retry.ts';
import type { Transport } from '../requests/transport.ts';
import type { Session } from './session.ts';

export const ACCEPT_ANYTHING = '*/*';
/** After a side query was refused with a new session as well, such queries open no further ones for so long. */
const SIDE_QUERIES_WITHOUT_SESSION_MS = 600_000;

/** Requests to a console with its session: logs on when needed, once more when the session is lost. */
export class AuthenticatedClient {
  readonly #host: string;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #session: Session;
  /** It has refused our types, and answers without them. */
  #takesAnyType = false;
  /** Monotonic: when a side query was refused with a session that was new. */
  #sideQueryRefusedAt = Number.NEGATIVE_INFINITY;

  /** @param host of the console, for errors */
  constructor(host: string, transport: Transport, session: Session, clock: Clock) {
    this.#host = host;
    this.#transport = transport;
    this.#session = session;
    this.#clock = clock;
  }

  /** @throws {ConsoleError} for every status but 2xx */
  async get(
    kind: ConsoleRequest['kind'],
    path: string,
    accept: string,
    signal?: AbortSignal,
    isSideQuery = false,
  ): Promise<ConsoleResponse> {
    const requestFor = (type: string): ConsoleRequest => ({
      kind,
      method: 'GET',
      path,
      headers: { Accept: type },
      isSideQuery,
    });
    let request = requestFor(this.#takesAnyType ? ACCEPT_ANYTHING : accept);
    let response = await this.exchange(request, signal);
    // 406: the servlet of some releases knows its own types by other names.
    if (response.statusCode === 406 && request.headers?.Accept !== ACCEPT_ANYTHING) {
      request = requestFor(ACCEPT_ANYTHING);
      response = await this.exchange(request, signal);
      this.#takesAnyType = response.statusCode === 200;
    }
    this.requireSuccess(request, response);
    return response;
  }

  /** @throws {ConsoleError} for every status but 2xx */
  requireSuccess(request: ConsoleRequest, response: ConsoleResponse): void {
    if (response.statusCode < 200 || response.statusCode > 299) throw responseError(this.#host, request, response);
  }

  /**
   * Sends with a session; once with a new one when the console has lost it
   * (docs/reference/console-api.md#lost-sessions). A side query that is refused with a new session too is refused for
   * itself.
   */
  async exchange(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleResponse> {
    const { generation } = this.#session;
    const send = (token: string) => {
      const headers = {
        ...request.headers,
        'X-Audit-Memento': this.#session.auditMemento,
        'X-API-Session': token,
      };
      const sendOnce = () => this.#transport.send({ ...request, headers }, signal);
      // The reader of documents retries.
      return request.kind === 'document' ? sendOnce() : retryWhileBusy(sendOnce, this.#clock, signal);
    };
    const token = await this.#session.token(signal);
    const response = await send(token.reveal());
    if (!isSessionLost(response)) return response;
    const wasRefused = this.#clock.monotonic() - this.#sideQueryRefusedAt < SIDE_QUERIES_WITHOUT_SESSION_MS;
    if (request.isSideQuery && wasRefused) return response;
    const renewed = await this.#session.renew(token, generation, signal);
    const second = await send(renewed.reveal());
    if (!isSessionLost(second)) return second;
    if (request.isSideQuery) {
      this.#sideQueryRefusedAt = this.#clock.monotonic();
      return second;
    }
    // Whatever is wrong there, one new session after the other would make it worse.
    const error = responseError(this.#host, request, { ...second, statusCode: 401 });
    this.#transport.pauseRequests(error);
    throw error;
  }
}
