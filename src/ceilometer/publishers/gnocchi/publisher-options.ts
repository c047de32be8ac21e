import type { Clock } from '../../../base/clock/clock.ts';
import type { ExportError } from '../../../base/errors/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { ServiceClient } from '../../../openstack/services/service-client.ts';
import type { GnocchiResource } from './batch.ts';
import type { GnocchiDefinitions } from './definitions.ts';

export interface GnocchiPublisherOptions {
  /** For messages; without secrets. */
  readonly name: string;
  readonly client: ServiceClient;
  /** Which meters are stored, with which resources and policies. */
  readonly definitions: GnocchiDefinitions;
  /** One archive policy for all metrics, which is there already. */
  readonly archivePolicy: string | undefined;
  /** Creates policies with 30 s granularity and an hour into which late points are taken, and uses them. */
  readonly backFill: boolean;
  /** Asked before each publish: the project whose samples are left out. */
  readonly filteredProject: () => Promise<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends connections. */
  readonly close: () => void;
}

/** How a delivery goes. */
export class Delivery {
  stored = 0;
  forbiddenPosts = 0;
  readonly forbidden: GnocchiResource[] = [];
  /** By id of the resource. */
  readonly creations = new Map<string, number>();
  /** What Gnocchi does not take now, with why. */
  readonly delayed: { readonly resource: GnocchiResource; readonly error: ExportError }[] = [];
}
