import type { z } from 'zod';
import type { Clock } from '../../../base/clock/clock.ts';
import type { Condition } from '../../../base/condition.ts';
import type { Logger } from '../../../base/logger.ts';
import type { ProbeResult } from '../../../base/probe.ts';
import type { CloudStatistics, FleetStatistics, SelfStatistics } from '../../../metrics/index.ts';
import type { PowerVmReceiver } from '../../../receiver/index.ts';
import { type Component, component } from '../component.ts';

/** What an extension may see of the collector that it belongs to. */
export interface CollectorView {
  /** By id: `powervm/ams`. */
  readonly receivers: ReadonlyMap<string, PowerVmReceiver>;
  /** What receivers, pipelines and the process count about themselves, by id of the receiver. */
  statistics(): ReadonlyMap<string, SelfStatistics>;
  /** Whether every console was tried once. */
  readonly isReady: boolean;
  /** What a browser can open. */
  readonly pages?: readonly ServedPage[];
}

/** A page that a part of the collector serves, once it has started. */
export interface ServedPage {
  readonly title: string;
  readonly url: string;
}

/**
 * A part of the collector beside its pipelines: storage, discovery, a page. It starts before anything is received and
 * ends after everything was delivered, so that receivers and exporters can rely on it for all of their life.
 */
export interface Extension {
  /** @throws {PowerVmError} for what keeps it from working at all: the collector does not start then */
  start(collector: CollectorView): Promise<void>;
  shutdown(): Promise<void>;
  /**
   * Looks, before anything starts, at what would keep it from working whenever it is started, and changes nothing.
   * @throws {PowerVmError}
   */
  check?(): Promise<void>;
  readonly page?: ServedPage | undefined;
  /** Of one that depends on something which can be tried without a start. */
  probe?(): Promise<readonly ProbeResult[]>;
  /** What it knows of the instances of a cloud, where it asks for them: seconds since the newest list, and how many. */
  readonly cloudDirectory?: Omit<CloudStatistics, 'name'> | undefined;
  /** Of one by which consoles are shared with other collectors. */
  readonly fleet?: Omit<FleetStatistics, 'name'> | undefined;
  /** How what it depends on works; undefined, or not there, where nothing is known or nothing can fail. */
  readonly condition?: Condition | undefined;
}

export interface ExtensionContext {
  /** `file_storage/fast` */
  readonly id: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A kind of extension. */
export type ExtensionComponent = Component<Extension, ExtensionContext>;

export function extensionComponent<Schema extends z.ZodType>(
  schema: Schema,
  create: (config: z.output<Schema>, context: ExtensionContext) => Extension,
): ExtensionComponent {
  return component(schema, create);
}
