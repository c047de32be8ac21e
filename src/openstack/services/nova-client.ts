import { OpenStackError } from '../../base/errors/errors.ts';
import type { Flavor } from '../instances/instance.ts';
import { type ListedServer, readFlavor, readServer } from './nova-server.ts';
import type { ServiceClient, ServiceResponse } from './service-client.ts';
import { responseError } from './service-http.ts';

/** Which instances Nova lists. */
export interface InstanceScope {
  /** Those of one compute host: of the NovaLink partition that the collector runs on, for example. */
  readonly host?: string | undefined;
  /** Those of all projects, for which the account must be an administrator or reader of the cloud. */
  readonly allTenants: boolean;
}

export interface ServerListing {
  readonly servers: readonly ListedServer[];
  /**
   * By Nova's clock, a time up to which the listing has every change: when it began or, where no `Date` header said so
   * (nova-api under uWSGI sends none), when the newest of the listed changes was. `undefined` when neither is known.
   */
  readonly completeUntil: number | undefined;
}

/** Since then the server record embeds the flavor as it was at creation, even if deleted since. */
const EMBEDDED_FLAVOR = '2.47';
/** The last microversion with the id of the flavor. */
const FLAVOR_ID = '2.46';
const PAGE = 1_000;
const MAX_PAGES = 10_000;
const HTTP_NOT_ACCEPTABLE = 406;

/** The three questions that Nova is asked. All of them only read. */
export class NovaClient {
  readonly #client: ServiceClient;
  readonly #signal: AbortSignal;
  /** Whether this Nova is too old for microversions as late as ours. */
  #isOld = false;

  /** @param signal ends requests that are in progress */
  constructor(client: ServiceClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /**
   * Every instance of the scope, or those that changed since a time (by Nova's clock), deleted ones among them.
   * @throws {OpenStackError} when any page is missing: half a list is none
   */
  async servers(scope: InstanceScope, changesSince?: number): Promise<ServerListing> {
    let began: number | undefined;
    const query = {
      ...(scope.host === undefined ? {} : { host: scope.host }),
      ...(scope.allTenants || scope.host !== undefined ? { all_tenants: 'True' } : {}),
      // Nova reads whole seconds.
      ...(changesSince === undefined
        ? {}
        : { 'changes-since': new Date(changesSince).toISOString().slice(0, 19).concat('Z') }),
    };
    const servers = await this.#pages('servers', query, ({ headers }) => {
      const date = Date.parse(headers.date ?? '');
      if (!Number.isNaN(date)) began ??= date;
    });
    const listed = servers.flatMap((server) => readServer(server) ?? []);
    return { servers: listed, completeUntil: began ?? newestChange(listed) };
  }

  /** Every flavor that the account may see. */
  async flavors(): Promise<readonly Flavor[]> {
    const flavors = await this.#pages('flavors', { is_public: 'None' });
    return flavors.flatMap((flavor) => readFlavor(flavor) ?? []);
  }

  /** The id of the flavor of one instance, also when that flavor is gone. */
  async flavorIdOf(instanceId: string): Promise<string | undefined> {
    const response = await this.#get(`/servers/${instanceId}`, FLAVOR_ID);
    const server = (response.content as { server?: { flavor?: unknown } } | undefined)?.server;
    return readFlavor(server?.flavor)?.id;
  }

  async #pages(
    collection: 'servers' | 'flavors',
    query: Readonly<Record<string, string>>,
    onPage: (response: ServiceResponse) => void = () => undefined,
  ): Promise<readonly unknown[]> {
    const all: unknown[] = [];
    let marker: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const parameters = new URLSearchParams({
        ...query,
        limit: String(PAGE),
        ...(marker === undefined ? {} : { marker }),
      });
      const response = await this.#get(`/${collection}/detail?${parameters}`, EMBEDDED_FLAVOR);
      onPage(response);
      const content = (response.content ?? {}) as Readonly<Record<string, unknown>>;
      const entries = content[collection];
      if (!Array.isArray(entries)) throw responseError(this.#client.service, response.url, response);
      all.push(...entries);
      if (!hasNext(content[`${collection}_links`])) return all;
      const last: unknown = entries.at(-1)?.id;
      // Its own link is not followed: it may name another host than the one we are to ask.
      if (typeof last !== 'string' || last === marker) throw this.#endlessList(response);
      marker = last;
    }
    throw new OpenStackError(
      'POWERVM_OPENSTACK_ANSWER',
      `${this.#client.service}: the list of ${collection} does not end`,
    );
  }

  async #get(path: string, microversion: string): Promise<ServiceResponse> {
    const headers: Record<string, string> = this.#isOld
      ? {}
      : { 'OpenStack-API-Version': `compute ${microversion}`, 'X-OpenStack-Nova-API-Version': microversion };
    const response = await this.#client.send(path, { method: 'GET', headers }, this.#signal);
    if (response.statusCode === HTTP_NOT_ACCEPTABLE && !this.#isOld) {
      this.#isOld = true;
      return this.#get(path, microversion);
    }
    if (response.statusCode !== 200) throw responseError(this.#client.service, response.url, response);
    return response;
  }

  #endlessList({ url }: ServiceResponse): OpenStackError {
    const message = `${this.#client.service}: a page of ${url.pathname} promises another one and does not lead to it`;
    return new OpenStackError('POWERVM_OPENSTACK_ANSWER', message, { context: { path: url.pathname } });
  }
}

function newestChange(servers: readonly ListedServer[]): number | undefined {
  return servers.reduce<number | undefined>(
    (newest, { updatedAt }) => (updatedAt !== undefined && !(updatedAt < (newest ?? 0)) ? updatedAt : newest),
    undefined,
  );
}

function hasNext(links: unknown): boolean {
  return Array.isArray(links) && links.some((link) => link?.rel === 'next');
}
