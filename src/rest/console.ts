import { type Clock, systemClock } from '../base/clock/clock.ts';
import { ConsoleError, describeError } from '../base/errors/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { readErrorResponse } from './errors/error-response.ts';
import { isSessionLost, responseError } from './errors/response-errors.ts';
import { type AtomEntry, readFeed } from './formats/atom.ts';
import {
  adapterFromEntry,
  partitionFromEntry,
  partitionFromQuick,
  systemFromEntry,
  systemFromQuick,
} from './formats/inventory.ts';
import { readPcmFeed, startOfWindow } from './formats/pcm-feed.ts';
import { readLimits, readPreferences, withLongTermMonitor } from './formats/preferences.ts';
import { parseQuickObjects, type QuickObject } from './formats/quick-json.ts';
import type {
  ClientNetworkAdapter,
  ConsoleClient,
  ConsoleHealth,
  ConsoleType,
  ManagedSystem,
  Partition,
  PcmFeedEntry,
  PcmLimits,
  PcmPreferences,
} from './model.ts';
import { type ConsoleOptions, checkConsoleOptions } from './options.ts';
import { type ConsoleRequest, type ConsoleResponse, pathOnly } from './requests/exchange.ts';
import { retryWhileBusy } from './requests/retry.ts';
import { Transport } from './requests/transport.ts';
import { Session } from './session/session.ts';

const UOM = '/rest/api/uom';
const PCM = '/rest/api/pcm';
const ACCEPT_ANYTHING = '*/*';
const ACCEPT_FEED = 'application/atom+xml';
/** After a question aside was refused with a new session as well, such questions open no further ones for so long. */
const SIDE_QUERIES_WITHOUT_SESSION_MS = 600_000;

/** How often a change of preferences is tried that the console answers with 412. */
const MAX_CHANGE_ATTEMPTS = 3;

/** Codes after which a quick answer is asked for as a feed: old consoles do not serve quick JSON. */
const QUICK_NOT_SERVED = new Set(['POWERVM_NOT_FOUND', 'POWERVM_REQUEST_REJECTED', 'POWERVM_ANSWER_INVALID']);
/** What may be missing from the inventory without the rest being useless. */
const REFUSED = new Set(['POWERVM_FORBIDDEN', 'POWERVM_NOT_FOUND', 'POWERVM_REQUEST_REJECTED', 'POWERVM_CONSOLE_BUSY']);

/**
 * An HMC or NovaLink console over its REST API. Logs on with the first question, holds one session for all callers,
 * asks at most two things at a time, and repeats only what the console says will pass.
 */
export class PowerVmConsole implements ConsoleClient {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #logger: Logger;
  /** It has refused our types, and answers without them. */
  #takesAnyType = false;
  /** Monotonic: when a question aside was refused with a session that was new. */
  #sideQueryRefusedAt = Number.NEGATIVE_INFINITY;

  /**
   * Makes no connection yet.
   * @throws {ConfigurationError} for an option, an address or a certificate file that is not usable
   * @throws {ConsoleError} `POWERVM_CLEAR_TEXT_REFUSED`
   */
  constructor(options: ConsoleOptions) {
    checkConsoleOptions(options);
    this.#endpoint = parseEndpoint(options.endpoint, options.allowClearText === true);
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#transport = new Transport(this.#endpoint, options);
    this.#session = new Session(options, this.#endpoint, this.#transport, this.#clock);
  }

  get endpoint(): string {
    return this.#endpoint.text;
  }

  get address(): string {
    return this.#endpoint.address;
  }

  get type(): ConsoleType | undefined {
    return this.#session.type;
  }

  get health(): ConsoleHealth {
    return { ...this.#transport.health, isLogonRefused: this.#session.isRefused };
  }

  async managedSystems(signal?: AbortSignal): Promise<readonly ManagedSystem[]> {
    return this.#quickOrFeed(`${UOM}/ManagedSystem`, systemFromQuick, systemFromEntry, signal);
  }

  async partitions(systemId: string, signal?: AbortSignal): Promise<readonly Partition[]> {
    const results = await Promise.allSettled([
      this.#partitionsOfKind(systemId, 'LogicalPartition', signal),
      this.vioses(systemId, signal),
    ]);
    const found = results.filter((result) => result.status === 'fulfilled').flatMap((result) => result.value);
    const failed = results.find((result) => result.status === 'rejected');
    // A console that refuses one kind costs only that kind.
    if (failed && !(found.length > 0 && failed.reason instanceof ConsoleError && REFUSED.has(failed.reason.code))) {
      throw failed.reason;
    }
    if (failed) {
      this.#logger.warn(
        { console: this.#host, system: systemId, reason: describeError(failed.reason) },
        'the console lists only a part of the partitions; names and states of the others stay unknown',
      );
    }
    return found;
  }

  vioses(systemId: string, signal?: AbortSignal): Promise<readonly Partition[]> {
    return this.#partitionsOfKind(systemId, 'VirtualIOServer', signal);
  }

  clientNetworkAdapters(
    partition: { readonly id: string; readonly isVios: boolean },
    signal?: AbortSignal,
  ): Promise<readonly ClientNetworkAdapter[]> {
    return this.#adapters(partition, 'ClientNetworkAdapter', signal);
  }

  sriovLogicalPorts(
    partition: { readonly id: string; readonly isVios: boolean },
    signal?: AbortSignal,
  ): Promise<readonly ClientNetworkAdapter[]> {
    return this.#adapters(partition, 'SRIOVEthernetLogicalPort', signal);
  }

  async pcmPreferences(systemId: string, signal?: AbortSignal): Promise<PcmPreferences> {
    const path = preferencesPath(systemId);
    const response = await this.#get('preferences', path, ACCEPT_FEED, signal);
    return readPreferences(response.body, systemId, this.#place(path));
  }

  async pcmLimits(signal?: AbortSignal): Promise<PcmLimits | undefined> {
    const path = `${PCM}/preferences`;
    try {
      const response = await this.#get('preferences', path, ACCEPT_FEED, signal);
      return response.statusCode === 204 ? undefined : readLimits(response.body, this.#place(path));
    } catch (error) {
      if (error instanceof ConsoleError && REFUSED.has(error.code)) return undefined;
      throw error;
    }
  }

  /**
   * After 412 the preferences are read again, since someone may have changed them in between, and without
   * `?group=None`: consoles give other ETags with it than the one they compare with. When nothing was changed and the
   * ETag is refused all the same, it is left out once.
   */
  async switchLongTermMonitor(systemId: string, isOn: boolean, signal?: AbortSignal): Promise<PcmPreferences> {
    if (isOn) await this.#checkLimit(systemId, signal);
    let before: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const path = attempt === 1 ? preferencesPath(systemId) : pathOnly(preferencesPath(systemId));
      const current = await this.#get('preferences', path, ACCEPT_FEED, signal);
      const preference = withLongTermMonitor(current.body, isOn);
      if (preference === undefined) {
        throw new ConsoleError(
          'POWERVM_ANSWER_INVALID',
          `${this.#place(path)}: no preferences to change in the answer`,
        );
      }
      const { etag } = current.headers;
      const withoutEtag = etag === undefined || (attempt === MAX_CHANGE_ATTEMPTS && preference === before);
      const request: ConsoleRequest = {
        kind: 'preferences',
        method: 'POST',
        path,
        headers: {
          Accept: ACCEPT_FEED,
          'Content-Type': 'application/xml',
          ...(withoutEtag ? {} : { 'If-Match': etag }),
        },
        body: preference,
      };
      const response = await this.#exchange(request, signal);
      before = preference;
      if (response.statusCode === 412) {
        if (attempt < MAX_CHANGE_ATTEMPTS) {
          this.#logger.warn(
            { console: this.#host, system: systemId, attempt },
            'the console does not take the ETag that it gave with the preferences; reading them again',
          );
          continue;
        }
        throw changeConflict(this.#host, systemId, readErrorResponse(response).message);
      }
      this.#requireSuccess(request, response);
      return this.pcmPreferences(systemId, signal);
    }
  }

  longTermMonitorFeed(systemId: string, since?: number, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    return this.#rawFeed(systemId, 'LongTermMonitor', since, signal);
  }

  energyFeed(systemId: string, since?: number, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    return this.#rawFeed(systemId, 'EnergyMonitor', since, signal);
  }

  async processedEnergyFeed(systemId: string, since?: number, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const window = since === undefined ? '&NoOfSamples=1' : `&${startOfWindow(since)}`;
    const path = `${PCM}/ManagedSystem/${systemId}/ProcessedMetrics?Type=Energy${window}`;
    return this.#feed(path, true, signal);
  }

  async pcmDocument(entry: PcmFeedEntry, signal?: AbortSignal): Promise<string> {
    return (await this.#get('document', entry.path, ACCEPT_ANYTHING, signal, true)).body;
  }

  async logoff(): Promise<void> {
    await this.#session.logOff();
    this.#transport.closeConnections();
  }

  get #host(): string {
    return this.#endpoint.host;
  }

  #place(path: string): string {
    return `${this.#host} ${path}`;
  }

  async #checkLimit(systemId: string, signal?: AbortSignal): Promise<void> {
    const limits = await this.pcmLimits(signal);
    if (!limits) return;
    const { longTermMonitors, maximumLongTermMonitors } = limits;
    if (maximumLongTermMonitors === undefined || longTermMonitors < maximumLongTermMonitors) return;
    throw new ConsoleError(
      'POWERVM_PCM_LIMIT',
      `${this.#host}: ${longTermMonitors} systems are monitored, and the console allows ${maximumLongTermMonitors}`,
      { context: { console: this.#host, system: systemId } },
    );
  }

  #partitionsOfKind(systemId: string, kind: string, signal?: AbortSignal): Promise<readonly Partition[]> {
    const path = `${UOM}/ManagedSystem/${systemId}/${kind}`;
    return this.#quickOrFeed(path, partitionFromQuick, partitionFromEntry, signal);
  }

  async #quickOrFeed<Item>(
    path: string,
    fromQuick: (object: QuickObject) => Item | undefined,
    fromEntry: (entry: AtomEntry) => Item | undefined,
    signal?: AbortSignal,
  ): Promise<readonly Item[]> {
    try {
      const quickPath = `${path}/quick/All`;
      const response = await this.#get('inventory', quickPath, ACCEPT_ANYTHING, signal);
      if (response.statusCode === 204) return [];
      return parseQuickObjects(response.body, this.#place(quickPath)).flatMap((object) => fromQuick(object) ?? []);
    } catch (error) {
      if (!(error instanceof ConsoleError) || !QUICK_NOT_SERVED.has(error.code)) throw error;
    }
    const response = await this.#get('inventory', `${path}?group=None`, ACCEPT_FEED, signal);
    if (response.statusCode === 204) return [];
    return readFeed(response.body, this.#place(path), fromEntry);
  }

  async #adapters(
    partition: { readonly id: string; readonly isVios: boolean },
    kind: string,
    signal?: AbortSignal,
  ): Promise<readonly ClientNetworkAdapter[]> {
    const owner = partition.isVios ? 'VirtualIOServer' : 'LogicalPartition';
    const path = `${UOM}/${owner}/${partition.id.toUpperCase()}/${kind}`;
    try {
      const response = await this.#get('inventory', `${path}?group=None`, ACCEPT_FEED, signal);
      if (response.statusCode === 204) return [];
      return await readFeed(response.body, this.#place(path), adapterFromEntry);
    } catch (error) {
      // The partition, or this kind of adapter, is not known here: it has none.
      if (error instanceof ConsoleError && error.code === 'POWERVM_NOT_FOUND') return [];
      throw error;
    }
  }

  #rawFeed(systemId: string, monitor: string, since: number | undefined, signal?: AbortSignal) {
    const window = since === undefined ? '' : `?${startOfWindow(since)}`;
    const isSideQuery = monitor === 'EnergyMonitor';
    return this.#feed(`${PCM}/ManagedSystem/${systemId}/RawMetrics/${monitor}${window}`, isSideQuery, signal);
  }

  async #feed(path: string, isSideQuery: boolean, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]> {
    const response = await this.#get('feed', path, ACCEPT_FEED, signal, isSideQuery);
    return response.statusCode === 204 ? [] : readPcmFeed(response.body, this.#place(path));
  }

  async #get(
    kind: ConsoleRequest['kind'],
    path: string,
    accept: string,
    signal?: AbortSignal,
    isSideQuery = false,
  ): Promise<ConsoleResponse> {
    const ask = (type: string): ConsoleRequest => ({
      kind,
      method: 'GET',
      path,
      headers: { Accept: type },
      isSideQuery,
    });
    let request = ask(this.#takesAnyType ? ACCEPT_ANYTHING : accept);
    let response = await this.#exchange(request, signal);
    // 406: the servlet of some releases knows its own types by other names.
    if (response.statusCode === 406 && request.headers?.Accept !== ACCEPT_ANYTHING) {
      request = ask(ACCEPT_ANYTHING);
      response = await this.#exchange(request, signal);
      this.#takesAnyType = response.statusCode === 200;
    }
    this.#requireSuccess(request, response);
    return response;
  }

  #requireSuccess(request: ConsoleRequest, response: ConsoleResponse): void {
    if (response.statusCode < 200 || response.statusCode > 299) throw responseError(this.#host, request, response);
  }

  /**
   * Sends with a session; once with a new one when the console has lost it (powervm-rest-api.md 1.7). A question
   * aside that is refused with a new session too is refused for itself.
   */
  async #exchange(request: ConsoleRequest, signal?: AbortSignal): Promise<ConsoleResponse> {
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

function changeConflict(console: string, systemId: string, message: string): ConsoleError {
  return new ConsoleError(
    'POWERVM_PCM_CHANGE_CONFLICT',
    `${console}: the console refuses to change the monitoring settings, as if others changed them at the same time (412, ETag)${message === '' ? '' : `: ${message}`}`,
    { context: { console, system: systemId, statusCode: 412 } },
  );
}

function preferencesPath(systemId: string): string {
  return `${PCM}/ManagedSystem/${systemId}/preferences?group=None`;
}
