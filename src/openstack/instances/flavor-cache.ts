import { OpenStackError } from '../../base/errors/errors.ts';
import type { NovaClient } from '../services/nova-client.ts';
import type { Flavor, Instance } from './instance.ts';

/** Instances whose flavor is gone and that are asked for one by one, in one refresh: the others follow later. */
const MAX_SINGLE_REQUESTS = 20;

/**
 * Completes the flavors of instances: Gnocchi and Ceilometer want id and name, and an entry of Nova's list has one of
 * them. Flavors never change, so what was found once is kept.
 */
export class FlavorCache {
  readonly #nova: NovaClient;
  #byId = new Map<string, Flavor>();
  #byName = new Map<string, Flavor>();
  /** Of flavors that are gone, by UUID of the instance. */
  #ids = new Map<string, string | undefined>();

  constructor(nova: NovaClient) {
    this.#nova = nova;
  }

  /** @throws {OpenStackError} when Nova does not answer; an account that may not list flavors gets them as they are */
  async complete(instances: readonly Instance[]): Promise<readonly Instance[]> {
    if (instances.some((instance) => !this.#isKnown(instance))) await this.#reload();
    const unknown = instances.filter((instance) => !this.#isKnown(instance) && instance.flavor?.id === undefined);
    for (const { id } of unknown.slice(0, MAX_SINGLE_REQUESTS)) this.#ids.set(id, await this.#request(id));
    return instances.map((instance) => this.#completed(instance));
  }

  /** Forgets instances that are gone. */
  retain(isListed: (instanceId: string) => boolean): void {
    this.#ids = new Map([...this.#ids].filter(([id]) => isListed(id)));
  }

  #isKnown({ id, flavor }: Instance): boolean {
    if (!flavor || this.#ids.has(id)) return true;
    return flavor.id === undefined ? this.#byName.has(flavor.name ?? '') : this.#byId.has(flavor.id);
  }

  #completed(instance: Instance): Instance {
    const { flavor, id } = instance;
    if (!flavor) return instance;
    if (flavor.id !== undefined) return { ...instance, flavor: this.#byId.get(flavor.id) ?? flavor };
    return { ...instance, flavor: { ...flavor, id: this.#byName.get(flavor.name ?? '')?.id ?? this.#ids.get(id) } };
  }

  async #reload(): Promise<void> {
    const flavors = (await this.#unlessForbidden(() => this.#nova.flavors())) ?? [];
    this.#byId = new Map(flavors.flatMap((flavor) => (flavor.id === undefined ? [] : [[flavor.id, flavor]])));
    this.#byName = new Map(flavors.flatMap((flavor) => (flavor.name === undefined ? [] : [[flavor.name, flavor]])));
  }

  async #request(instanceId: string): Promise<string | undefined> {
    return this.#unlessForbidden(() => this.#nova.flavorIdOf(instanceId));
  }

  /** Not seeing flavors, or an instance that has just gone, is no reason to do without all the others. */
  async #unlessForbidden<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await ask();
    } catch (error) {
      const isRefusal = error instanceof OpenStackError && [403, 404].includes(Number(error.context.statusCode));
      if (isRefusal) return undefined;
      throw error;
    }
  }
}
