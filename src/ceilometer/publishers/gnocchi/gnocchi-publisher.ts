import { describeError, ExportError } from '../../../base/errors/errors.ts';
import type { CeilometerSample } from '../../samples/sample.ts';
import type { Publisher } from '../publisher.ts';
import { GnocchiApi } from './api.ts';
import { countMeasures, type GnocchiResource, groupSamples, halvesOf, portionsOf } from './batch.ts';
import { backFillArchivePolicies, type GnocchiArchivePolicy, type GnocchiResourceDefinition } from './definitions.ts';
import { DelayedResources } from './delayed-resources.ts';
import { inParallel } from './in-parallel.ts';
import { Delivery, type GnocchiPublisherOptions } from './publisher-options.ts';
import { ResourceCache } from './resource-memory.ts';

/** Measures of one request: about a megabyte. */
const PORTION = 5_000;
/** Creations of one resource that a post then does not know. */
const MAX_CREATIONS = 3;
/** Posts that are forbidden before the first one is taken: then the account may post nothing, and all is kept. */
const MAX_FORBIDDEN_POSTS = 40;
const MAX_REASONS = 1_000;

/**
 * Sends samples straight to Gnocchi's API, by the algorithm of Ceilometer's own publisher
 * (docs/reference/openstack-formats.md#gnocchi-how-ceilometer-publishes) but for one thing: nothing is given up that
 * may be taken later. What Gnocchi refuses permanently costs only the measures concerned.
 *
 * Sending a point again is harmless, since Gnocchi keeps one value of a time; so after a failure whole portions go again.
 */
export class GnocchiPublisher implements Publisher {
  readonly name: string;
  readonly #options: GnocchiPublisherOptions;
  readonly #api: GnocchiApi;
  readonly #definitions: ReadonlyMap<string, GnocchiResourceDefinition>;
  readonly #memory = new ResourceCache();
  readonly #delayed = new DelayedResources();
  /** What is left of samples that could not all be delivered. */
  readonly #waiting = new WeakMap<readonly CeilometerSample[], (readonly GnocchiResource[])[]>();
  readonly #reasons = new Set<string>();
  #policiesAreThere = false;
  #refusedMeasures = 0;

  constructor(options: GnocchiPublisherOptions) {
    this.name = options.name;
    this.#options = options;
    this.#api = new GnocchiApi(options.client);
    this.#definitions = new Map(
      options.definitions.resources.flatMap((definition) =>
        [...definition.meters.keys()].map((meter) => [meter, definition]),
      ),
    );
  }

  /** Measures that Gnocchi refused permanently, since the start. */
  get refusedMeasures(): number {
    return this.#refusedMeasures;
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    await this.#ensurePolicies();
    const portions = this.#waiting.get(samples) ?? (await this.#portionsOf(samples));
    this.#waiting.set(samples, portions);
    let stored = 0;
    for (let portion = portions[0]; portion; portion = portions[0]) {
      stored += await this.#deliver(portion, stored > 0);
      portions.shift();
    }
    await this.#retryDelayed();
  }

  /** Which of the policies that are used are there. The others are made with the first samples, if the account may. */
  async probe(): Promise<string> {
    const { archivePolicy, definitions, backFill } = this.#options;
    const known = await this.#api.policies();
    if (archivePolicy !== undefined) {
      if (known.includes(archivePolicy)) return `Gnocchi answers; archive policy ${archivePolicy} is there`;
      throw new ExportError('POWERVM_EXPORT_FAILED', `Gnocchi has no archive policy ${archivePolicy}`);
    }
    const wanted = [...(backFill ? backFillArchivePolicies.values() : definitions.archivePolicies)];
    const missing = wanted.map(({ name }) => name).filter((name) => !known.includes(name));
    if (missing.length === 0) return 'Gnocchi answers; its archive policies are there';
    return `Gnocchi answers; archive policies that are made with the first samples: ${missing.join(', ')}`;
  }

  async close(): Promise<void> {
    const delayed = this.#delayed.take().map(({ resource }) => resource);
    if (delayed.length > 0) {
      const fields = { publisher: this.name, resources: delayed.length, measures: countMeasures(delayed) };
      this.#options.logger.warn(fields, 'ended with measures that Gnocchi did not take; they are lost');
    }
    this.#options.close();
  }

  async #portionsOf(samples: readonly CeilometerSample[]): Promise<(readonly GnocchiResource[])[]> {
    const project = await this.#options.filteredProject();
    const wanted = project === undefined ? samples : samples.filter(({ project_id }) => project_id !== project);
    const { resources, unmapped } = groupSamples(
      wanted,
      (meter) => this.#definitions.get(meter),
      (policy) => this.#policyFor(policy),
    );
    for (const meter of unmapped) {
      this.#logOnce(
        'info',
        meter,
        { publisher: this.name, meter },
        'this meter is not stored in Gnocchi, as in Ceilometer',
      );
    }
    return [...portionsOf(resources, PORTION)];
  }

  #policyFor(policy: string): string {
    const { archivePolicy, backFill } = this.#options;
    if (archivePolicy !== undefined) return archivePolicy;
    return (backFill ? backFillArchivePolicies.get(policy)?.name : undefined) ?? policy;
  }

  async #ensurePolicies(): Promise<void> {
    const { archivePolicy, backFill, definitions } = this.#options;
    if (this.#policiesAreThere || archivePolicy !== undefined) return;
    const wanted: Iterable<GnocchiArchivePolicy> = backFill
      ? backFillArchivePolicies.values()
      : definitions.archivePolicies;
    for (const policy of wanted) await this.#api.ensurePolicy(policy);
    this.#policiesAreThere = true;
  }

  /**
   * @param othersWereStored so that what is not taken is the matter of single resources
   * @returns measures that were stored
   */
  async #deliver(portion: readonly GnocchiResource[], othersWereStored: boolean): Promise<number> {
    const delivery = new Delivery();
    const known = portion.filter(({ id }) => this.#delayed.has(id));
    await this.#store(
      portion.filter(({ id }) => !this.#delayed.has(id)),
      delivery,
    );
    const [first] = delivery.delayed;
    if (first && delivery.stored === 0 && !othersWereStored) throw first.error;
    if (delivery.forbidden.length > 0 && delivery.stored === 0) throw this.#mayPostNothing();
    this.#refuseForbidden(delivery);
    for (const resource of known) this.#delayed.addMeasures(resource);
    for (const { resource, error } of delivery.delayed) this.#delay(resource, error);
    return delivery.stored;
  }

  #refuseForbidden({ forbidden }: Delivery): void {
    if (forbidden.length === 0) return;
    this.#refuse(forbidden, '403: the account is neither admin nor the creator of these metrics');
  }

  #delay(resource: GnocchiResource, error: ExportError): void {
    this.#delayed.add({ resource, reason: error.message, since: this.#options.clock.monotonic() });
    this.#logOnce(
      'warn',
      delayedKey(resource),
      { publisher: this.name, code: error.code, resource: resource.id, reason: error.message },
      'Gnocchi does not take a resource; its measures are kept for half an hour and tried again, the others are stored',
    );
  }

  /** Each by itself: a repeatedly rejected one does not delay the others. */
  async #retryDelayed(): Promise<void> {
    const { clock } = this.#options;
    for (const delayed of this.#delayed.take()) {
      const delivery = new Delivery();
      const failure = await this.#store([delayed.resource], delivery).then(
        () => delivery.delayed[0]?.error,
        (error: unknown) => error,
      );
      this.#refuseForbidden(delivery);
      if (failure) this.#delayed.add({ ...delayed, reason: describeError(failure) });
      else this.#reasons.delete(delayedKey(delayed.resource));
    }
    for (const { resource, reason } of this.#delayed.giveUp(clock.monotonic())) this.#refuse([resource], reason);
  }

  /** Posts measures, creates what is unknown, and leaves out what is refused or not taken now. */
  async #store(resources: readonly GnocchiResource[], delivery: Delivery): Promise<void> {
    for (let left = resources; left.length > 0; ) {
      const result = await this.#api.post(left);
      if (result.kind === 'stored') {
        delivery.stored += countMeasures(left);
        return this.#update(left);
      }
      if (result.kind === 'refused') return this.#storeHalves(left, result, delivery);
      const unknown = new Set(result.ids);
      if (!left.some(({ id }) => unknown.has(id))) throw this.#failure(`unknown resources: ${result.ids[0]}`);
      left = await this.#createUnknown(left, unknown, delivery);
    }
  }

  /** Divides what is refused as a whole, until only those measures are left out that are the reason. */
  async #storeHalves(
    resources: readonly GnocchiResource[],
    { reason, isForbidden }: { readonly reason: string; readonly isForbidden: boolean },
    delivery: Delivery,
  ): Promise<void> {
    if (/archive policy/i.test(reason)) {
      // It was deleted, or the configured one does not exist: the measures are valid.
      this.#policiesAreThere = false;
      throw this.#failure(reason);
    }
    if (isForbidden) delivery.forbiddenPosts += 1;
    if (delivery.stored === 0 && delivery.forbiddenPosts > MAX_FORBIDDEN_POSTS) throw this.#mayPostNothing();
    const halves = halvesOf(resources);
    if (halves) for (const half of halves) await this.#store(half, delivery);
    else if (isForbidden) delivery.forbidden.push(...resources);
    else this.#refuse(resources, reason);
  }

  /** @returns the resources whose measures can be posted now */
  async #createUnknown(
    resources: readonly GnocchiResource[],
    unknown: ReadonlySet<string>,
    delivery: Delivery,
  ): Promise<readonly GnocchiResource[]> {
    const leftOut = new Set<GnocchiResource>();
    const delay = (resource: GnocchiResource, error: ExportError) => {
      leftOut.add(resource);
      delivery.delayed.push({ resource, error });
    };
    await inParallel(
      resources.filter(({ id }) => unknown.has(id)),
      async (resource) => {
        const creations = delivery.creations.get(resource.id) ?? 0;
        delivery.creations.set(resource.id, creations + 1);
        if (creations === MAX_CREATIONS) {
          return delay(resource, this.#failure(`a resource that was created is unknown again: ${resource.id}`));
        }
        const result = await this.#api.create(resource);
        if (result.kind === 'there') return this.#memory.remember(resource);
        if (result.kind === 'failed') return delay(resource, result.error);
        leftOut.add(resource);
        this.#refuse([resource], result.reason);
      },
    );
    return leftOut.size === 0 ? resources : resources.filter((resource) => !leftOut.has(resource));
  }

  /** Names and sizes change. Measures are stored already: an update that fails waits for the next ones. */
  async #update(resources: readonly GnocchiResource[]): Promise<void> {
    await inParallel(
      resources.filter((resource) => this.#memory.hasChanged(resource)),
      async (resource) => {
        try {
          await this.#api.update(resource);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          this.#logOnce(
            'warn',
            reason,
            { publisher: this.name, resource: resource.id, reason },
            'not updated in Gnocchi',
          );
        }
        this.#memory.remember(resource);
      },
    );
  }

  #refuse(resources: readonly GnocchiResource[], reason: string): void {
    const measures = countMeasures(resources);
    this.#refusedMeasures += measures;
    const [first] = resources;
    const meters = first ? [...first.metrics.keys()] : [];
    this.#logOnce(
      'error',
      `${first?.type} ${reason}`,
      { publisher: this.name, code: 'POWERVM_EXPORT_REFUSED', resource: first?.id, meters, measures, reason },
      'Gnocchi refused measures for good; the others are stored. Further ones with the same reason are counted only',
    );
  }

  #logOnce(level: 'info' | 'warn' | 'error', key: string, fields: Record<string, unknown>, message: string): void {
    if (this.#reasons.has(key) || this.#reasons.size >= MAX_REASONS) return;
    this.#reasons.add(key);
    this.#options.logger[level](fields, message);
  }

  /** That is the account's fault and not the measures'. */
  #mayPostNothing(): ExportError {
    return this.#failure('the account may not post measures: it is neither admin nor the creator of the metrics (403)');
  }

  #failure(reason: string): ExportError {
    return new ExportError('POWERVM_EXPORT_FAILED', `${this.name}: ${reason}`, { context: { publisher: this.name } });
  }
}

function delayedKey({ id }: GnocchiResource): string {
  return `delayed ${id}`;
}
