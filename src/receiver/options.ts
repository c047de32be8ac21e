import type { Clock } from '../base/clock/clock.ts';
import type { Logger } from '../base/logger.ts';
import {
  callback,
  checkOptions,
  clockRule,
  flag,
  group,
  listOf,
  loggerRule,
  milliseconds,
  type OptionRules,
  objectWith,
  required,
  wholeNumber,
} from '../base/options/option-rules.ts';
import { type PartitionType, SAMPLE_INTERVAL } from '../pcm/model.ts';
import type { ConsoleClient, ManagedSystem } from '../rest/model.ts';
import type { ConsoleOptions } from '../rest/options.ts';
import type { SharedSightings } from './ownership/sightings.ts';
import type { StartTimeStorage } from './start-times/start-time-persistence.ts';

/** What a partition filter may look at. */
export interface PartitionFacts {
  readonly id: string;
  readonly name: string;
  /** Of the partition in its system. */
  readonly number?: number | undefined;
  readonly type: PartitionType;
  readonly state: string | undefined;
  readonly system: Pick<ManagedSystem, 'id' | 'name' | 'mtms'>;
}

/** Which consoles are read, how often, and of what. */
export interface PowerVmReceiverOptions {
  /** The consoles to read from: how to reach them, or clients of the embedding program's own. */
  readonly consoles: readonly (ConsoleOptions | ConsoleClient)[];
  /** Milliseconds between polls of a system, from a second to a day. Default 30,000, the rhythm of PCM. */
  readonly collectionInterval?: number;
  /** Milliseconds after the moment of a sample at which it is fetched. Default 7,000. */
  readonly lag?: number;
  /** Up to so many milliseconds more, at random. Default 2,000. */
  readonly jitter?: number;
  /** Milliseconds between looks for new systems on a console. Default 600,000. */
  readonly discoveryInterval?: number;
  /** Which systems to read. Default all. */
  readonly systems?: (system: ManagedSystem) => boolean;
  /** Which partitions to report. The others still count in the totals of their system. Default all. */
  readonly partitions?: (partition: PartitionFacts) => boolean;
  readonly pcm?: {
    /** Switch long-term monitoring on where it is off. Default false. */
    readonly enable?: boolean;
  };
  /** Read power and temperatures where a console monitors them. Default true. */
  readonly energy?: boolean;
  /** Inventory requests per system and cycle, after the samples. Default 10. */
  readonly inventoryBudget?: number;
  /** A system without a new sample for so many intervals is no longer reported. Default 4. */
  readonly staleAfterIntervals?: number;
  /** Activities per system kept for cursors that have not acknowledged them. Default 60: half an hour. */
  readonly historyLimit?: number;
  /** Where the start times of series are stored. Default nowhere: after a restart series start again. */
  readonly startTimes?: StartTimeStorage;
  /**
   * No console is read before {@link PowerVmReceiver.adopt} names it: for programs that share consoles with others. Default
   * false.
   */
  readonly waitsForConsoles?: boolean;
  /**
   * Asked whenever a console has listed its systems: which of them are to be read here. For programs that share systems with
   * others. What it rejects with counts as a failure of the console.
   */
  readonly admitsSystems?: (console: string, systemIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /**
   * What others list that read other systems, so that a partition or a storage pool that several systems see is reported once.
   * Default: only what is read here.
   */
  readonly sharedSightings?: SharedSightings;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The options with their defaults. */
export interface ReceiverSettings {
  readonly collectionInterval: number;
  readonly lag: number;
  readonly jitter: number;
  readonly discoveryInterval: number;
  readonly keepsSystem: (system: ManagedSystem) => boolean;
  /** Undefined: all are kept. */
  readonly keepsPartition: ((partition: PartitionFacts) => boolean) | undefined;
  readonly enablesPcm: boolean;
  readonly readsEnergy: boolean;
  readonly inventoryBudget: number;
  readonly staleAfter: number;
  readonly historyLimit: number;
  readonly startTimes: StartTimeStorage | undefined;
  readonly waitsForConsoles: boolean;
  /** Undefined: all. */
  readonly admitsSystems: PowerVmReceiverOptions['admitsSystems'];
  readonly sharedSightings: SharedSightings | undefined;
}

const SECOND = 1_000;
const DAY = 86_400_000;

export const receiverRules: OptionRules<PowerVmReceiverOptions> = {
  // Each console checks its own options when it is made.
  consoles: required(listOf(objectWith(), 1)),
  // What is shorter spends the requests of a minute at once, and PCM has nothing new.
  collectionInterval: milliseconds(SECOND, DAY),
  lag: milliseconds(0, DAY),
  jitter: milliseconds(0, DAY),
  discoveryInterval: milliseconds(SECOND),
  systems: callback,
  partitions: callback,
  pcm: group<NonNullable<PowerVmReceiverOptions['pcm']>>({ enable: flag }),
  energy: flag,
  inventoryBudget: wholeNumber(0),
  staleAfterIntervals: wholeNumber(1),
  historyLimit: wholeNumber(1),
  startTimes: objectWith('load', 'noteChanges', 'save'),
  waitsForConsoles: flag,
  admitsSystems: callback,
  sharedSightings: objectWith(
    'subscribe',
    'sightingsOf',
    'report',
    'reportAlive',
    'poolReporter',
    'claimPool',
    'reportPool',
  ),
  clock: clockRule,
  logger: loggerRule,
};

/** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for an option that does not exist or cannot be meant */
export function receiverSettings(options: PowerVmReceiverOptions): ReceiverSettings {
  checkOptions('PowerVmReceiver', options, receiverRules);
  const collectionInterval = options.collectionInterval ?? 30_000;
  return {
    collectionInterval,
    lag: options.lag ?? 7_000,
    jitter: options.jitter ?? 2_000,
    discoveryInterval: options.discoveryInterval ?? 600_000,
    keepsSystem: options.systems ?? (() => true),
    keepsPartition: options.partitions,
    enablesPcm: options.pcm?.enable ?? false,
    readsEnergy: options.energy ?? true,
    inventoryBudget: options.inventoryBudget ?? 10,
    // Who looks more often than PCM samples has a new one every half minute all the same.
    staleAfter: (options.staleAfterIntervals ?? 4) * Math.max(collectionInterval, SAMPLE_INTERVAL),
    historyLimit: options.historyLimit ?? 60,
    startTimes: options.startTimes,
    waitsForConsoles: options.waitsForConsoles ?? false,
    admitsSystems: options.admitsSystems,
    sharedSightings: options.sharedSightings,
  };
}
