import { ExportError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import type { CeilometerSample } from '../../sample.ts';
import type { Publisher } from '../publisher.ts';
import { GnocchiApi } from './api.ts';
import { countMeasures, type GnocchiResource, groupSamples, halvesOf, portionsOf } from './batch.ts';
import {
  backFillArchivePolicies,
  type GnocchiArchivePolicy,
  type GnocchiDefinitions,
  type GnocchiResourceDefinition,
} from './definitions.ts';
import { ResourceMemory } from './resource-memory.ts';

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
  readonly logger: Logger;
  /** Ends connections. */
  readonly close: () => void;
}

/** Measures of one request: about a megabyte. */
const PORTION = 5_000;
/** Creations and updates at a time: each is a request of its own, which Gnocchi works off in some milliseconds. */
const CONCURRENCY = 4;
const MAX_ROUNDS = 3;
/** Posts that are forbidden before the first one is taken: then the account may post nothing, and all is kept. */
const MAX_FORBIDDEN_POSTS = 40;
const MAX_REASONS = 1_000;

/** How the delivery of a portion goes. */
interface Course {
  stored: number;
  forbiddenPosts: number;
  readonly forbidden: GnocchiResource[];
}

/**
 * Sends samples straight to Gnocchi's API, by the algorithm of Ceilometer's own publisher (ceilometer.md 4.7) but for one
 * thing: nothing is given up that may be taken later. What Gnocchi refuses for good costs only the measures concerned.
 *
 * Sending a point again is harmless, since the first value of a time wins; so after a failure whole portions go again.
 */
export class GnocchiPublisher implements Publisher {
  readonly name: string;
  readonly #options: GnocchiPublisherOptions;
  readonly #api: GnocchiApi;
  readonly #definitions: ReadonlyMap<string, GnocchiResourceDefinition>;
  readonly #memory = new ResourceMemory();
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

  /** Measures that Gnocchi refused for good, since the start. */
  get refusedMeasures(): number {
    return this.#refusedMeasures;
  }

  async publish(samples: readonly CeilometerSample[]): Promise<void> {
    await this.#ensurePolicies();
    const portions = this.#waiting.get(samples) ?? (await this.#portionsOf(samples));
    this.#waiting.set(samples, portions);
    for (let portion = portions[0]; portion; portion = portions[0]) {
      await this.#deliver(portion);
      portions.shift();
    }
  }

  async close(): Promise<void> {
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

  async #deliver(portion: readonly GnocchiResource[]): Promise<void> {
    const course: Course = { stored: 0, forbiddenPosts: 0, forbidden: [] };
    await this.#store(portion, course);
    if (course.forbidden.length === 0) return;
    if (course.stored === 0) throw this.#mayPostNothing();
    this.#refuse(course.forbidden, '403: the account is neither admin nor the creator of these metrics');
  }

  /** Posts measures, creates what is unknown, and leaves out what is refused. */
  async #store(resources: readonly GnocchiResource[], course: Course): Promise<void> {
    let left = resources;
    for (let round = 1; left.length > 0; round += 1) {
      const result = await this.#api.post(left);
      if (result.kind === 'stored') {
        course.stored += countMeasures(left);
        return this.#update(left);
      }
      if (result.kind === 'refused') return this.#storeHalves(left, result, course);
      if (round > MAX_ROUNDS) throw this.#failure(`resources that were created are unknown again: ${result.ids[0]}`);
      left = await this.#createUnknown(left, result.ids);
    }
  }

  /** Divides what is refused as a whole, until only those measures are left out that are the reason. */
  async #storeHalves(
    resources: readonly GnocchiResource[],
    { reason, isForbidden }: { readonly reason: string; readonly isForbidden: boolean },
    course: Course,
  ): Promise<void> {
    if (/archive policy/i.test(reason)) {
      // Somebody has deleted it, or the one of the options is not there: the measures are good.
      this.#policiesAreThere = false;
      throw this.#failure(reason);
    }
    if (isForbidden) course.forbiddenPosts += 1;
    if (course.stored === 0 && course.forbiddenPosts > MAX_FORBIDDEN_POSTS) throw this.#mayPostNothing();
    const halves = halvesOf(resources);
    if (halves) for (const half of halves) await this.#store(half, course);
    else if (isForbidden) course.forbidden.push(...resources);
    else this.#refuse(resources, reason);
  }

  /** @returns the resources whose measures can be posted now */
  async #createUnknown(
    resources: readonly GnocchiResource[],
    ids: readonly string[],
  ): Promise<readonly GnocchiResource[]> {
    const unknown = new Set(ids);
    const refused = new Set<GnocchiResource>();
    await inParallel(
      resources.filter(({ id }) => unknown.has(id)),
      async (resource) => {
        const result = await this.#api.create(resource);
        if (result.kind === 'there') return this.#memory.remember(resource);
        refused.add(resource);
        this.#refuse([resource], result.reason);
      },
    );
    return refused.size === 0 ? resources : resources.filter((resource) => !refused.has(resource));
  }

  /** Names and sizes change. Measures are stored already: an update that fails waits for the next ones. */
  async #update(resources: readonly GnocchiResource[]): Promise<void> {
    await inParallel(
      resources.filter((resource) => this.#memory.isNews(resource)),
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

/** A few at a time. After an error the others are still awaited, so that nothing goes on behind the caller's back. */
async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items].reverse();
  const worker = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
