import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Secret } from '../../base/secret.ts';
import type { OpenStackCloud } from '../../openstack/index.ts';
import type { CeilometerSample } from '../sample.ts';
import type { MessagingOptions } from './messaging-options.ts';

/** Where samples go. */
export interface Publisher {
  /** For messages; without secrets. */
  readonly name: string;
  /**
   * Publishes samples. After an error it is called again with the same array: a publisher that has delivered a part of
   * it may remember which.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help, `POWERVM_EXPORT_REFUSED` when not
   */
  publish(samples: readonly CeilometerSample[]): Promise<void>;
  /**
   * Tries whether samples would be taken, and sends none. Not there where only sending could tell.
   * @returns what was seen, in words
   * @throws {PowerVmError} what keeps samples from being taken
   */
  probe?(): Promise<string>;
  /** Lets go of connections. A publish that is under way fails. */
  close(): Promise<void>;
}

/** What publishers share: the options of Ceilometer that stand in its configuration file and not in a URL. */
export interface PublisherContext {
  /** `[publisher] telemetry_secret` of Ceilometer. */
  readonly telemetrySecret: Secret;
  readonly messaging: MessagingOptions;
  /** Where Keystone lets us in, for `gnocchi://`. */
  readonly cloud?: OpenStackCloud | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}
