import type { Clock } from '../../base/clock/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Secret } from '../../base/secrets/secret.ts';
import type { OpenStackCloud } from '../../openstack/index.ts';
import type { CeilometerSample } from '../samples/sample.ts';
import type { MessagingOptions } from './messaging/messaging-options.ts';

/** Where samples go. */
export interface Publisher {
  /** For messages; without secrets. */
  readonly name: string;
  /**
   * Publishes samples. After an error it is called again with the same array: a publisher that has delivered a part of
   * it may remember which.
   * @param systems by UUID of the instance, the managed system where it was sampled last
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help, `POWERVM_EXPORT_REFUSED` when not
   */
  publish(samples: readonly CeilometerSample[], systems?: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Checks whether samples would be accepted without sending any. Absent where only sending can tell.
   * @returns what was seen, in words
   * @throws {PowerVmError} what keeps samples from being taken
   */
  probe?(): Promise<string>;
  /** Closes connections. A running publish fails. */
  close(): Promise<void>;
}

/** What publishers share: the options of Ceilometer that are in its configuration file and not in a URL. */
export interface PublisherContext {
  /** `[publisher] telemetry_secret` of Ceilometer. */
  readonly telemetrySecret: Secret;
  readonly messaging: MessagingOptions;
  /** Where Keystone lets us in, for `gnocchi://`. */
  readonly cloud?: OpenStackCloud | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}
