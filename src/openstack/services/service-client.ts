import { OpenStackError } from '../../base/errors/errors.ts';
import type { AuthToken, Identity } from './identity.ts';
import type { JsonRequest, JsonResponse, ServiceHttp } from './service-http.ts';

/** Requests to one service of OpenStack, whatever it takes to be let in. */
export interface ServiceClient {
  /** For messages: `Nova`. */
  readonly service: string;
  /**
   * @param path below the endpoint of the service, with its query: `/servers/detail?limit=1000`
   * @returns the response, whatever its status
   * @throws {OpenStackError} when there is none
   */
  send(path: string, request: JsonRequest, signal?: AbortSignal): Promise<ServiceResponse>;
}

export interface ServiceResponse extends JsonResponse {
  /** Where the response came from, for messages. */
  readonly url: URL;
}

/** A service out of Keystone's catalog: requests carry the shared token, and a 401 renews it once. */
export class CatalogClient implements ServiceClient {
  readonly service: string;
  readonly #type: string;
  readonly #endpoint: string | undefined;
  readonly #identity: Identity;
  readonly #http: ServiceHttp;

  /**
   * @param type in the catalog: `compute`, `metric`
   * @param endpoint instead of that of the catalog
   */
  constructor(service: string, type: string, identity: Identity, http: ServiceHttp, endpoint?: string) {
    this.service = service;
    this.#type = type;
    this.#endpoint = endpoint;
    this.#identity = identity;
    this.#http = http;
  }

  async send(path: string, request: JsonRequest, signal?: AbortSignal): Promise<ServiceResponse> {
    const token = await this.#identity.token();
    const response = await this.#sendWith(token, path, request, signal);
    if (response.statusCode !== 401) return response;
    const fresh = await this.#identity.renew(token);
    return fresh ? this.#sendWith(fresh, path, request, signal) : response;
  }

  async #sendWith(
    token: AuthToken,
    path: string,
    request: JsonRequest,
    signal?: AbortSignal,
  ): Promise<ServiceResponse> {
    const { authUrl, endpoints, interface: wanted, region } = this.#identity.settings;
    // The address of Keystone is the one that we were given: its own entry may be for others.
    const known = this.#type === 'identity' ? authUrl : (this.#endpoint ?? endpoints[this.#type]);
    const base = known ?? token.catalog.endpoint(this.#type, wanted, region);
    const url = urlBelow(base, path);
    const secret = token.secret.reveal();
    const headers = { ...request.headers, 'X-Auth-Token': secret };
    return { ...(await this.#http.send(this.service, url, { ...request, headers, secrets: [secret] }, signal)), url };
  }
}

/** A service that is asked with headers that never change, at a known address. */
export class FixedClient implements ServiceClient {
  readonly service: string;
  readonly #endpoint: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #http: ServiceHttp;

  constructor(service: string, endpoint: string, headers: Readonly<Record<string, string>>, http: ServiceHttp) {
    this.service = service;
    this.#endpoint = endpoint;
    this.#headers = headers;
    this.#http = http;
  }

  async send(path: string, request: JsonRequest, signal?: AbortSignal): Promise<ServiceResponse> {
    const url = urlBelow(this.#endpoint, path);
    const headers = { ...request.headers, ...this.#headers };
    return { ...(await this.#http.send(this.service, url, { ...request, headers }, signal)), url };
  }
}

function urlBelow(base: string, path: string): URL {
  const text = `${base.replace(/\/+$/, '')}${path}`;
  if (!URL.canParse(text)) {
    throw new OpenStackError('POWERVM_OPENSTACK_NO_ENDPOINT', 'the endpoint of the service is not an address');
  }
  return new URL(text);
}
