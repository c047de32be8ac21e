import { systemClock } from '../base/clock/clock.ts';
import { ConsoleError, describeError } from '../base/errors/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { readErrorResponse } from './errors/error-response.ts';
import { changeConflict } from './errors/response-errors.ts';
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
import { type ConsoleRequest, pathOnly } from './requests/exchange.ts';
import { Transport } from './requests/transport.ts';
import { ACCEPT_ANYTHING, AuthenticatedClient } from './session/authenticated-client.ts';
import { Session } from './session/session.ts';

const UOM = '/rest/api/uom';
const PCM = '/rest/api/pcm';
const ACCEPT_FEED = 'application/atom+xml';

/** How often a change of preferences is tried that the console answers with 412. */
const MAX_CHANGE_ATTEMPTS = 3;

/** Codes after which a quick answer is asked for as a feed: old consoles do not serve quick JSON. */
const QUICK_NOT_SERVED = new Set(['POWERVM_NOT_FOUND', 'POWERVM_REQUEST_REJECTED', 'POWERVM_ANSWER_INVALID']);
/** What may be missing from the inventory without the rest being useless. */
const REFUSED = new Set(['POWERVM_FORBIDDEN', 'POWERVM_NOT_FOUND', 'POWERVM_REQUEST_REJECTED', 'POWERVM_CONSOLE_BUSY']);

/**
 * An HMC or NovaLink console over its REST API. Logs on with the first question, holds one session for all callers,
 * sends at most two requests at a time, and repeats only what the console says will pass.
 */
export class PowerVmConsole implements ConsoleClient {
  readonly #endpoint: Endpoint;
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #logger: Logger;
  readonly #client: AuthenticatedClient;

  /**
   * Makes no connection yet.
   * @throws {ConfigurationError} for an option, an address or a certificate file that is not usable
   * @throws {ConsoleError} `POWERVM_CLEAR_TEXT_REFUSED`
   */
  constructor(options: ConsoleOptions) {
    checkConsoleOptions(options);
    this.#endpoint = parseEndpoint(options.endpoint, options.allowClearText === true);
    const clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#transport = new Transport(this.#endpoint, options);
    this.#session = new Session(options, this.#endpoint, this.#transport, clock);
    this.#client = new AuthenticatedClient(this.#endpoint.host, this.#transport, this.#session, clock);
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
    const response = await this.#client.get('preferences', path, ACCEPT_FEED, signal);
    return readPreferences(response.body, systemId, this.#place(path));
  }

  async pcmLimits(signal?: AbortSignal): Promise<PcmLimits | undefined> {
    const path = `${PCM}/preferences`;
    try {
      const response = await this.#client.get('preferences', path, ACCEPT_FEED, signal);
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
      const current = await this.#client.get('preferences', path, ACCEPT_FEED, signal);
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
      const response = await this.#client.exchange(request, signal);
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
      this.#client.requireSuccess(request, response);
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
    return (await this.#client.get('document', entry.path, ACCEPT_ANYTHING, signal, true)).body;
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
      const response = await this.#client.get('inventory', quickPath, ACCEPT_ANYTHING, signal);
      if (response.statusCode === 204) return [];
      return parseQuickObjects(response.body, this.#place(quickPath)).flatMap((object) => fromQuick(object) ?? []);
    } catch (error) {
      if (!(error instanceof ConsoleError) || !QUICK_NOT_SERVED.has(error.code)) throw error;
    }
    const response = await this.#client.get('inventory', `${path}?group=None`, ACCEPT_FEED, signal);
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
      const response = await this.#client.get('inventory', `${path}?group=None`, ACCEPT_FEED, signal);
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
    const response = await this.#client.get('feed', path, ACCEPT_FEED, signal, isSideQuery);
    return response.statusCode === 204 ? [] : readPcmFeed(response.body, this.#place(path));
  }
}

function preferencesPath(systemId: string): string {
  return `${PCM}/ManagedSystem/${systemId}/preferences?group=None`;
}
