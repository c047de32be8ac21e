import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { GlanceClient, ImageDescription } from '../services/glance-client.ts';
import type { Instance } from './instance.ts';

/** Images that are asked for in one refresh, one by one: the others follow with the next. */
const MAX_REQUESTS = 20;

/**
 * What Glance says of the images of instances. An instance keeps the properties that its image had when it was made, so what
 * was found once is kept; and it is only a description: without Glance instances are what they are.
 */
export class ImageCache {
  readonly #glance: GlanceClient;
  readonly #logger: Logger;
  /** `undefined` for an image that is gone, or not for this account to see. */
  #images = new Map<string, ImageDescription | undefined>();
  #isFailing = false;

  constructor(glance: GlanceClient, logger: Logger) {
    this.#glance = glance;
    this.#logger = logger;
  }

  /** With what is known. */
  completed(instance: Instance): Instance {
    const { image } = instance;
    const known = image && this.#images.get(image.id);
    return known ? { ...instance, image: { ...image, ...known } } : instance;
  }

  /**
   * Asks for images that are not known, and forgets those of no instance. Never rejects.
   * @param stopping ended while it asks, it says nothing of it
   * @returns whether there is something new
   */
  async learn(instances: readonly Instance[], stopping: AbortSignal): Promise<boolean> {
    const used = new Set(instances.flatMap(({ image }) => image?.id ?? []));
    this.#images = new Map([...this.#images].filter(([id]) => used.has(id)));
    const unknown = [...used].filter((id) => !this.#images.has(id)).slice(0, MAX_REQUESTS);
    try {
      for (const id of unknown) this.#images.set(id, await this.#glance.image(id));
      if (unknown.length > 0) this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && !stopping.aborted) {
        this.#logger.info({ reason: describeError(error) }, 'Glance cannot be read: samples say nothing of images');
      }
      this.#isFailing = true;
    }
    return unknown.some((id) => this.#images.get(id) !== undefined);
  }
}
