import type { ExportError } from '../base/errors/errors.ts';
import type { Logger } from '../base/logger.ts';
import {
  anyOf,
  flag,
  fullText,
  group,
  listOf,
  loggerRule,
  milliseconds,
  type OptionRules,
  objectWith,
  oneOf,
  required,
  secret,
} from '../base/options/option-rules.ts';
import { Secret } from '../base/secrets/secret.ts';
import type { OpenStackCloud } from '../openstack/index.ts';
import type { MeterSet } from './meters/meter-definition.ts';
import { type MessagingOptions, messagingRules } from './publishers/messaging/messaging-options.ts';
import type { Publisher } from './publishers/publisher.ts';
import { type SampleBuilderOptions, sampleBuilderRules } from './samples/sample-builder.ts';

/** Where samples go, which meters they are, and how long an interval is. */
export interface CeilometerExporterOptions extends SampleBuilderOptions {
  /** Publishers by the URLs of Ceilometer's pipeline.yaml, or objects of your own. */
  readonly publishers: readonly (string | Publisher)[];
  /** Which meters: those of the present compute agent, or the older ones as well. Default `now`. */
  readonly meterSet?: MeterSet;
  /** VIOSes and managed systems as well, as hosts: only `gnocchi://` has a place for them. Default false. */
  readonly hosts?: boolean;
  /** Of partitions that are switched off: state, processors and memory. Default true; agents do not unless configured to. */
  readonly reportStoppedInstances?: boolean;
  /**
   * Milliseconds between the samples of a meter, on the clock's own grid. Default 300,000: Gnocchi's stock policies
   * expect one value in five minutes. 0 sends every sample.
   */
  readonly interval?: number;
  /** `[publisher] telemetry_secret` of Ceilometer. Default `change this for valid signing`, which is its default. */
  readonly telemetrySecret?: Secret;
  /** The message broker, for `notifier://`. */
  readonly messaging?: MessagingOptions;
  /** The cloud whose Keystone `gnocchi://` is let in by. It is not closed with the exporter. */
  readonly cloud?: OpenStackCloud;
  readonly logger?: Logger;
}

const DAY = 86_400_000;

export const exporterRules: OptionRules<CeilometerExporterOptions> = {
  ...sampleBuilderRules,
  publishers: required(listOf(anyOf(fullText, objectWith('publish', 'close')), 1)),
  meterSet: oneOf('now', 'classic'),
  hosts: flag,
  reportStoppedInstances: flag,
  interval: milliseconds(0, DAY),
  telemetrySecret: secret,
  messaging: group<MessagingOptions>(messagingRules),
  cloud: objectWith('client'),
  logger: loggerRule,
};

/** What one {@link CeilometerExporter.exportBatch} achieved. */
export interface CeilometerExportSummary {
  readonly samples: number;
  /** Samples that were not sent because they would have harmed a receiver. */
  readonly refused: number;
  /** Why a publisher lacks samples that others have: they are kept and offered to it again with the next batch. */
  readonly pending: ExportError | undefined;
}

/** What an exporter has done since it was made. */
export interface CeilometerExporterStatistics {
  /** Samples that every publisher has taken. */
  readonly published: number;
  /** Samples that would have harmed a receiver, by the rule that they broke. */
  readonly refused: ReadonlyMap<string, number>;
  /** Values of partitions that are no instance. */
  readonly withoutInstance: number;
  /** Samples that no publisher took for so long that room was needed. */
  readonly dropped: number;
}

export const DEFAULT_SECRET = new Secret('change this for valid signing');

export const DEFAULT_INTERVAL = 300_000;
