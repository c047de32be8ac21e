import { ExportError, OpenStackError } from '../../../base/errors/errors.ts';
import type { ServiceClient, ServiceResponse } from '../../../openstack/services/service-client.ts';
import { type JsonResponse, responseError, responseMessage } from '../../../openstack/services/service-http.ts';
import { batchBody, type GnocchiResource } from './batch.ts';
import type { GnocchiArchivePolicy } from './definitions.ts';
import { resourceTypes } from './resource-types.ts';

/** What became of a post of measures. */
export type PostResult =
  | { readonly kind: 'stored' }
  /** Nothing was stored: these have to be created first. */
  | { readonly kind: 'unknown resources'; readonly ids: readonly string[] }
  /** Nothing was stored, and the same post never will be. `isForbidden`: unless the account gets more rights. */
  | { readonly kind: 'refused'; readonly reason: string; readonly isForbidden: boolean };

export type CreateResult =
  | { readonly kind: 'there' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Gnocchi answered that it cannot, and may be able to later. */
  | { readonly kind: 'failed'; readonly error: ExportError };

/** Gnocchi is busy or not there: that is about all resources, whichever was asked for. */
const ABOUT_ALL = new Set([401, 429, 502, 503, 504]);

const BATCH_PATH = '/v1/batch/resources/metrics/measures?create_metrics=true';

/** Gnocchi's REST API as far as a publisher needs it (docs/reference/openstack-formats.md#gnocchi-resources). */
export class GnocchiApi {
  readonly #client: ServiceClient;

  constructor(client: ServiceClient) {
    this.#client = client;
  }

  /** @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help */
  async post(resources: readonly GnocchiResource[]): Promise<PostResult> {
    const response = await this.#send(BATCH_PATH, 'POST', batchBody(resources));
    if (response.statusCode === 202) return { kind: 'stored' };
    const ids = unknownResources(response);
    if (ids) return { kind: 'unknown resources', ids };
    if (!isRefusal(response)) throw this.#failure(response);
    return { kind: 'refused', reason: reasonOf(response), isForbidden: response.statusCode === 403 };
  }

  /**
   * Creates a resource; and its type, when that is one of Ceilometer's and not there.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` when Gnocchi is not there or busy
   */
  async create(resource: GnocchiResource): Promise<CreateResult> {
    const { id, type, userId, projectId, attributes } = resource;
    const content = { id, user_id: userId, project_id: projectId, ...attributes };
    let response = await this.#send(`/v1/resource/${type}`, 'POST', content);
    if (response.statusCode === 404 && (await this.#createType(type))) {
      response = await this.#send(`/v1/resource/${type}`, 'POST', content);
    }
    // It was created concurrently, or exists as another type: measures go to it either way.
    if (response.statusCode === 201 || response.statusCode === 409) return { kind: 'there' };
    if (isRefusal(response) && response.statusCode === 400) return { kind: 'refused', reason: reasonOf(response) };
    const error = this.#failure(response);
    if (ABOUT_ALL.has(response.statusCode)) throw error;
    return { kind: 'failed', error };
  }

  /** Updates the attributes of a resource. Metrics are never named: those that are not listed would be detached. */
  async update({ id, type, attributes }: GnocchiResource): Promise<void> {
    const response = await this.#send(`/v1/resource/${type}/${encodeURIComponent(id)}`, 'PATCH', attributes);
    if (response.statusCode !== 200) throw this.#failure(response);
  }

  /** Names of the archive policies that are there. */
  async policies(): Promise<readonly string[]> {
    const response = await this.#send('/v1/archive_policy', 'GET');
    if (response.statusCode !== 200) throw this.#failure(response, 'archive policies');
    const listed: unknown = response.content;
    return (Array.isArray(listed) ? listed : []).flatMap((policy: unknown) =>
      typeof policy === 'object' && policy !== null && 'name' in policy && typeof policy.name === 'string'
        ? policy.name
        : [],
    );
  }

  /** Creates an archive policy that is not there. */
  async ensurePolicy(policy: GnocchiArchivePolicy): Promise<void> {
    const response = await this.#send('/v1/archive_policy', 'POST', policy);
    if (response.statusCode === 201 || response.statusCode === 409) return;
    // Only administrators may create one; all may use it.
    if (response.statusCode === 403) {
      const known = await this.#send(`/v1/archive_policy/${policy.name}`, 'GET');
      if (known.statusCode === 200) return;
    }
    throw this.#failure(response, `archive policy ${policy.name}`);
  }

  async #createType(name: string): Promise<boolean> {
    const attributes = resourceTypes[name];
    if (!attributes) return false;
    const response = await this.#send('/v1/resource_type', 'POST', { name, attributes });
    if (response.statusCode === 201 || response.statusCode === 409) return true;
    throw this.#failure(response, `resource type ${name}`);
  }

  async #send(path: string, method: 'GET' | 'POST' | 'PATCH', json?: unknown): Promise<ServiceResponse> {
    try {
      return await this.#client.send(path, { method, ...(json === undefined ? {} : { json }) });
    } catch (error) {
      throw error instanceof OpenStackError ? exportError(error) : error;
    }
  }

  #failure(response: ServiceResponse, what?: string): ExportError {
    const error = responseError(this.#client.service, response.url, response);
    return exportError(error, what);
  }
}

/** Whatever keeps Gnocchi or Keystone from taking samples may be mended: they are kept and tried again. */
function exportError(error: OpenStackError, what?: string): ExportError {
  const message = what === undefined ? error.message : `${what}: ${error.message}`;
  return new ExportError('POWERVM_EXPORT_FAILED', message, { cause: error, context: error.context });
}

/**
 * Whether the same post would be refused again: rights, content, size. Only in Gnocchi's own words: a proxy or another
 * server at this address is a mistake that will be mended.
 */
function isRefusal({ statusCode, content }: JsonResponse): boolean {
  if (statusCode === 403 || statusCode === 413) return true;
  return statusCode === 400 && typeof (content as { title?: unknown } | undefined)?.title === 'string';
}

function unknownResources({ statusCode, content }: JsonResponse): readonly string[] | undefined {
  if (statusCode !== 400) return undefined;
  const description = (content as { description?: { cause?: unknown; detail?: unknown } } | undefined)?.description;
  if (description?.cause !== 'Unknown resources' || !Array.isArray(description.detail)) return undefined;
  return description.detail.flatMap((entry) => {
    const id: unknown = entry?.original_resource_id ?? entry?.resource_id;
    return typeof id === 'string' ? [id] : [];
  });
}

function reasonOf({ statusCode, content }: JsonResponse): string {
  return `${statusCode} ${responseMessage(content)}`.trim();
}
