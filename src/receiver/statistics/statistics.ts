import type { Condition } from '../../base/condition.ts';
import type { HistogramSnapshot } from '../../base/histogram.ts';
import type { ConsoleHealth } from '../../rest/model.ts';

/**
 * What the receiver counts about itself. Plain data: the metric catalog turns it into metrics, the command line into
 * words. All counts are since the receiver was made.
 */
export interface ReceiverStatistics {
  readonly time: number;
  /** When counting began. */
  readonly startTime: number;
  readonly consoles: readonly ConsoleStatistics[];
  readonly systems: readonly SystemStatistics[];
}

export interface ConsoleStatistics {
  /** Host name or address, without user, port and path. */
  readonly address: string;
  /** Of the endpoint as it is configured; 443 where it names none. */
  readonly port: number;
  /** Whether it answered its last request; undefined before the first. */
  readonly up: boolean | undefined;
  readonly requests: readonly RequestCount[];
  readonly requestDurations: readonly RequestDurations[];
  /** Seconds that the console's clock is ahead of the local one, from the HTTP `Date`. */
  readonly clockSkew: number | undefined;
  /** State of its request limits; undefined for a client of an embedding program that does not provide it. */
  readonly health: ConsoleHealth | undefined;
  /** Whether it can be asked, and why not; undefined before the first attempt. */
  readonly condition: Condition | undefined;
}

export interface RequestCount {
  /** `logon`, `logoff`, `inventory`, `preferences`, `feed`, `document` */
  readonly kind: string;
  /** Undefined when no response came. */
  readonly statusCode: number | undefined;
  readonly count: number;
}

export interface RequestDurations {
  readonly method: string;
  readonly statusCode: number | undefined;
  readonly errorType: string | undefined;
  readonly histogram: HistogramSnapshot;
}

export type SampleOutcome = 'new' | 'backfilled' | 'duplicate' | 'late';

/**
 * `document_failed`: PCM listed them, and their documents did not come whole however often they were asked for.
 * `partial`: they came without a document that PCM listed for them, or without rates, since PCM had thrown away the sample
 * before.
 */
export type GapCause =
  | 'collector_down'
  | 'console_down'
  | 'exporter_down'
  | 'purged'
  | 'pcm_disabled'
  | 'pcm_error'
  | 'document_failed'
  | 'partial';

export interface SystemStatistics {
  readonly systemId: string;
  /** As the console calls it. */
  readonly name: string | undefined;
  /** Whether its samples can be read, and why not; undefined before the first attempt. */
  readonly condition: Condition | undefined;
  /** Seconds since the newest sample was taken, whatever the console's clock says. */
  readonly sampleAge: number | undefined;
  /** Seconds after which the newest sample says nothing of the present: some of the intervals in which samples are read. */
  readonly staleAfter: number;
  readonly samples: Readonly<Record<SampleOutcome, number>>;
  readonly scrapeDurations: HistogramSnapshot;
  readonly documentErrors: readonly DocumentErrorCount[];
  readonly gaps: readonly GapCount[];
}

export interface DocumentErrorCount {
  /** `feed`, or the kind of the document: `phyp`, `vios`, … */
  readonly document: string;
  /**
   * A code of the error catalogue; `PARTIAL` for a document of which a part was left out; `GIVEN_UP` for one
   * that was asked for in vain and is passed over; `PURGED` for one that PCM threw away before it was read; `PCM_4005` for what PCM itself could not collect, by the number of
   * its error.
   */
  readonly errorType: string;
  readonly count: number;
}

export interface GapCount {
  /** The cursor whose reader misses the samples. */
  readonly cursor: string;
  readonly cause: GapCause;
  readonly count: number;
}
