import type { Condition } from '../../base/condition.ts';
import type { ProbeResult } from '../../base/probe.ts';
import type { Secret } from '../../base/secrets/secret.ts';
import type { Fleet, FleetOptions } from '../../fleet/index.ts';
import type { Extension } from '../components/extensions/extension-component.ts';

export interface EtcdExtensionOptions extends FleetOptions {
  /** Shared by all members: what sessions are encrypted with. */
  readonly sessionKey: Secret | undefined;
}

/** The place of a collector in its fleet. What it needs is loaded when it is used. */
export class EtcdExtension implements Extension {
  readonly #options: EtcdExtensionOptions;
  #opening: Promise<Fleet> | undefined;
  #fleet: Fleet | undefined;

  constructor(options: EtcdExtensionOptions) {
    this.#options = options;
  }

  get sessionKey(): Secret | undefined {
    return this.#options.sessionKey;
  }

  open(): Promise<Fleet> {
    this.#opening ??= import('../../fleet/index.ts').then(({ Fleet }) => {
      this.#fleet = new Fleet(this.#options);
      return this.#fleet;
    });
    return this.#opening;
  }

  /** Reads the files of its TLS options. */
  async check(): Promise<void> {
    await this.open();
  }

  /** An etcd that is away is waited for: what can be done without it is done meanwhile. */
  async start(): Promise<void> {
    (await this.open()).join();
  }

  /** Tries etcd, and looks at the members that are there. Takes no part. */
  async probe(): Promise<readonly ProbeResult[]> {
    const { examineFleet, examineMembers } = await import('../../fleet/index.ts');
    const fleet = await this.open();
    const [etcd, members] = await Promise.all([examineFleet(fleet), examineMembers(fleet)]);
    // That etcd is not reached is reported once.
    return etcd.some(({ error }) => error === undefined) ? [...etcd, ...members] : etcd;
  }

  async shutdown(): Promise<void> {
    await this.#fleet?.leave();
  }

  get fleet(): ReturnType<Fleet['statistics']> | undefined {
    return this.#fleet?.statistics();
  }

  get condition(): Condition | undefined {
    return this.#fleet?.condition;
  }
}
