import type { DocumentKind } from '../pcm/model.ts';

/**
 * The data of a console, plain. Fields are `undefined` where the console did not say them; UUIDs are lower
 * case and dashed, times are milliseconds since 1970.
 */
export interface ManagedSystem {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** `8247-22L*2125D4A` */
  readonly mtms: string | undefined;
  readonly machineType: string | undefined;
  readonly model: string | undefined;
  readonly serialNumber: string | undefined;
  /** Lower case: `operating`, `standby`, `power off`, … */
  readonly state: string | undefined;
  readonly firmwareVersion: string | undefined;
}

/** An LPAR or VIOS as the inventory of a console lists it. */
export interface Partition {
  /** UUID. */
  readonly id: string;
  readonly number: number | undefined;
  readonly name: string;
  /** As the console writes it: `AIX/Linux`, `OS400`, `Virtual IO Server`. */
  readonly type: string | undefined;
  /** Lower case: `running`, `not activated`, … */
  readonly state: string | undefined;
  readonly operatingSystem: string | undefined;
  /** Lower case: `active`, `inactive`, `none`, … */
  readonly rmcState: string | undefined;
  /** Virtual processors it has now; undefined for dedicated processors. */
  readonly virtualProcessors: number | undefined;
  /** Whole processors of its own; `undefined` for a partition that shares them. */
  readonly dedicatedProcessors: number | undefined;
}

/** A client network adapter or SR-IOV logical port, for its MAC address. */
export interface ClientNetworkAdapter {
  /** Without a `-T` suffix for virtual adapters: the location that PCM knows the adapter by. */
  readonly location: string;
  /** Lower case with colons. */
  readonly mac: string | undefined;
}

/** PCM preferences of one managed system. They are advice: the feed is the truth. */
export interface PcmPreferences {
  readonly systemId: string;
  readonly systemName: string | undefined;
  readonly longTermMonitor: boolean | undefined;
  readonly computeLongTermMonitor: boolean | undefined;
  readonly aggregation: boolean | undefined;
  readonly shortTermMonitor: boolean | undefined;
  readonly energyCapable: boolean | undefined;
  readonly energyMonitor: boolean | undefined;
}

/** How many systems a console monitors now, and how many it allows. */
export interface PcmLimits {
  /** `MaximumManagedSystemsForLongTermMonitor` */
  readonly maximumLongTermMonitors: number | undefined;
  readonly longTermMonitors: number;
}

/** One file that a PCM feed lists. */
export interface PcmFeedEntry {
  readonly category: DocumentKind;
  /** Partition number of the VIOS, for category `vios`. */
  readonly viosNumber: number | undefined;
  /** The feed's time of the sample. */
  readonly listedAt: number;
  /** Title of the entry. */
  readonly fileName: string;
  /** Path and query of the link; host and port of hrefs are never used. */
  readonly path: string;
}

/** An HMC manages many systems, NovaLink the one that it runs on. */
export type ConsoleType = 'hmc' | 'novalink';

/** The outcome of one HTTP request, for statistics. */
export interface RequestObservation {
  readonly kind: RequestKind;
  readonly method: string;
  /** Undefined when no response came. */
  readonly statusCode: number | undefined;
  /** Error code or HTTP status class of a failure; undefined for a good answer. */
  readonly errorType: string | undefined;
  readonly durationMilliseconds: number;
  /** The response's HTTP `Date` and the middle of the request by our clock: what clock skew is measured from. */
  readonly consoleTime: number | undefined;
  readonly localTime: number;
}

/** How a console fares, and how it is spared. Counts are since the client was made. */
export interface ConsoleHealth {
  /** `open`: it failed repeatedly and gets no requests; `half_open`: the next request probes it. */
  readonly circuit: 'closed' | 'open' | 'half_open';
  readonly circuitOpenings: number;
  /** Milliseconds until the next request; 0 while requests are allowed. */
  readonly retryIn: number;
  /** It refused user name, password or access. It is never asked again by this client. */
  readonly isLogonRefused: boolean;
  /** Requests allowed in a minute. */
  readonly requestLimit: number;
  readonly requestsInLastMinute: number;
  /** Requests that waited for a place in the minute, and their milliseconds together. */
  readonly delayedRequests: number;
  readonly requestDelay: number;
}

/** What a request is for. */
export type RequestKind = 'logon' | 'logoff' | 'inventory' | 'preferences' | 'feed' | 'document';

/**
 * A console as the rest of the product sees it: typed questions, one session behind all of them, at most two
 * requests at a time. Every method rejects with a `ConsoleError`.
 */
export interface ConsoleClient {
  /** As configured, without credentials: for messages. */
  readonly endpoint: string;
  /** Host name or address alone, for attributes. */
  readonly address: string;
  /** Known after the first logon. */
  readonly type: ConsoleType | undefined;
  /** A client of an embedding program may have none. */
  readonly health?: ConsoleHealth;

  managedSystems(signal?: AbortSignal): Promise<readonly ManagedSystem[]>;
  /** Partitions and VIOSes of a managed system. A console that refuses one of the two kinds costs only that kind. */
  partitions(systemId: string, signal?: AbortSignal): Promise<readonly Partition[]>;
  /** The VIOSes alone, and why there is no list of them. */
  vioses(systemId: string, signal?: AbortSignal): Promise<readonly Partition[]>;
  /** Virtual Ethernet adapters of one partition; an empty list when it has none or is gone. */
  clientNetworkAdapters(
    partition: { readonly id: string; readonly isVios: boolean },
    signal?: AbortSignal,
  ): Promise<readonly ClientNetworkAdapter[]>;
  /** SR-IOV logical ports of one partition, for their MAC addresses. */
  sriovLogicalPorts(
    partition: { readonly id: string; readonly isVios: boolean },
    signal?: AbortSignal,
  ): Promise<readonly ClientNetworkAdapter[]>;
  pcmPreferences(systemId: string, signal?: AbortSignal): Promise<PcmPreferences>;
  /** Undefined where the console has no preferences of its own: NovaLink manages one system. */
  pcmLimits(signal?: AbortSignal): Promise<PcmLimits | undefined>;
  /**
   * Switches long-term monitoring on or off (docs/reference/console-api.md#changing-preferences). Only on the
   * operator's explicit wish. A console leaves it on while it aggregates, silently: check the result.
   */
  switchLongTermMonitor(systemId: string, isOn: boolean, signal?: AbortSignal): Promise<PcmPreferences>;
  /** What PCM has of a system, oldest first. Empty when there is nothing (204). */
  longTermMonitorFeed(systemId: string, since?: number, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]>;
  /** Raw energy, oldest first. */
  energyFeed(systemId: string, since?: number, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]>;
  /**
   * Processed energy, of consoles that aggregate: one file for the whole window, listed at the time of its last sample.
   */
  processedEnergyFeed(systemId: string, since?: number, signal?: AbortSignal): Promise<readonly PcmFeedEntry[]>;
  /** The text of a listed document. */
  pcmDocument(entry: PcmFeedEntry, signal?: AbortSignal): Promise<string>;
  /** Ends the session; never throws, never logs on. The client can be used again afterwards. */
  logoff(): Promise<void>;
}
