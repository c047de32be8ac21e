import { OpenStackError } from '../../base/errors/errors.ts';
import type { EndpointInterface } from '../settings/cloud-settings.ts';

/** One address of one service. */
interface CatalogEndpoint {
  readonly type: string;
  readonly interface: string;
  readonly region: string | undefined;
  readonly url: string;
}

/** Services that have a newer and an older type. */
const otherTypes: Readonly<Record<string, readonly string[]>> = { compute: ['compute', 'compute_legacy'] };

/** The endpoints of a cloud, as in the catalog of every Keystone token. */
export class ServiceCatalog {
  readonly #endpoints: readonly CatalogEndpoint[];

  /** @param content `token.catalog` of Keystone's answer; what is not of its form is left out */
  constructor(content: unknown) {
    this.#endpoints = listOf(content).flatMap((service) =>
      listOf(service.endpoints).flatMap((endpoint) => {
        const { interface: word, region_id, region, url } = endpoint;
        if (typeof service.type !== 'string' || typeof word !== 'string' || typeof url !== 'string') return [];
        const place = typeof region_id === 'string' ? region_id : region;
        return [{ type: service.type, interface: word, region: typeof place === 'string' ? place : undefined, url }];
      }),
    );
  }

  /**
   * The base address of a service, without a slash at its end.
   * @throws {OpenStackError} `POWERVM_OPENSTACK_NO_ENDPOINT`, with what there is instead
   */
  endpoint(type: string, wanted: EndpointInterface, region: string | undefined): string {
    const ofType = this.#endpoints.filter((endpoint) => (otherTypes[type] ?? [type]).includes(endpoint.type));
    const found = ofType.filter(
      (endpoint) => endpoint.interface === wanted && (region === undefined || endpoint.region === region),
    );
    const urls = new Set(found.map(({ url }) => url.replace(/\/+$/, '')));
    const [url] = urls;
    if (url !== undefined && urls.size === 1) return url;
    const place = `${wanted} endpoint of a ${type} service${region === undefined ? '' : ` in region ${region}`}`;
    const known = ofType.map((endpoint) => `${endpoint.interface} in ${endpoint.region ?? 'no region'}`).join(', ');
    const message =
      urls.size > 1
        ? `the catalog has more than one ${place} (${known}): name the region`
        : `the catalog has no ${place}${known === '' ? '' : ` (it has: ${known})`}`;
    throw new OpenStackError('POWERVM_OPENSTACK_NO_ENDPOINT', message, { context: { service: type, region } });
  }
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((element) => typeof element === 'object' && element !== null) : [];
}
