import type { ServiceClient } from './service-client.ts';
import { responseError } from './service-http.ts';

/** What an image says of itself. */
export interface ImageDescription {
  readonly name: string | undefined;
  /**
   * Formats and minimal sizes, and everything that its owner or a site has set, as text: what Nova copies into an instance
   * and its notifications call `image_meta`.
   */
  readonly properties: Readonly<Record<string, string>>;
}

/** Of Glance's own attributes of an image those that Nova copies. */
const COPIED = new Set(['container_format', 'disk_format', 'min_disk', 'min_ram']);
/** The others: who made the image, when, how large it is and where it lies. */
const OWN = new Set([
  'id',
  'name',
  'status',
  'visibility',
  'protected',
  'owner',
  'tags',
  'created_at',
  'updated_at',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'os_hidden',
  'file',
  'schema',
  'self',
  'locations',
  'direct_url',
  'stores',
]);
/** Milliseconds of real time, in which sockets live: a description is not worth more. */
const TIMEOUT = 5_000;
const HTTP_FORBIDDEN = 403;
const HTTP_NOT_FOUND = 404;

/** The one question that Glance is asked. */
export class GlanceClient {
  readonly #client: ServiceClient;
  readonly #signal: AbortSignal;

  /** @param signal ends requests that are in progress */
  constructor(client: ServiceClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /**
   * @returns `undefined` for an image that is gone, or not for this account to see
   * @throws {OpenStackError}
   */
  async image(id: string): Promise<ImageDescription | undefined> {
    const path = `/v2/images/${encodeURIComponent(id)}`;
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT)]);
    const response = await this.#client.send(path, { method: 'GET' }, signal);
    if (response.statusCode === HTTP_NOT_FOUND || response.statusCode === HTTP_FORBIDDEN) return undefined;
    const { content } = response;
    if (response.statusCode !== 200 || typeof content !== 'object' || content === null) {
      throw responseError(this.#client.service, response.url, response);
    }
    const entries = Object.entries(content);
    const name = entries.find(([key]) => key === 'name')?.[1];
    return {
      name: typeof name === 'string' && name !== '' ? name : undefined,
      properties: Object.fromEntries(
        entries
          .filter(([key]) => COPIED.has(key) || !OWN.has(key))
          .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
          .map(([key, value]) => [key, String(value)]),
      ),
    };
  }
}
