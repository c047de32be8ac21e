import type { KeystoneServer } from './keystone.ts';
import { LoopbackServer, type ReceivedRequest, type ServedResponse } from './loopback-server.ts';

export interface NovaServerEntry {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly flavor: string;
  /** Seconds since 1970. */
  readonly updated: number;
  readonly deleted?: boolean;
  /** Default: one project for all. */
  readonly project?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Without one it boots from a volume. */
  readonly image?: string;
}

const flavorIds: Readonly<Record<string, string>> = { 'p10.small': '42', 'p10.large': '43' };

/** Plays Nova's API v2.1 by its documentation, for tests that run everywhere; the real one is in `npm run test:openstack`. */
export class NovaServer {
  readonly server = new LoopbackServer((request) => this.#serve(request));
  entries: NovaServerEntry[] = [];
  pageSize = 1_000;
  newestMicroversion = 90;
  /** nova-api under uWSGI, as Debian starts it, sends no `Date`. */
  hasDate = true;
  /** Flavors that an administrator has deleted: their instances continue. */
  readonly deletedFlavors = new Set<string>();
  /** Seconds since 1970. */
  now = 1_800_000_000;
  readonly #keystone: Pick<KeystoneServer, 'refusalOf'>;

  constructor(keystone: Pick<KeystoneServer, 'refusalOf'>) {
    this.#keystone = keystone;
  }

  get listings(): readonly ReceivedRequest[] {
    return this.server.requested(/servers\/detail/);
  }

  #serve(request: ReceivedRequest): ServedResponse {
    const refusal = this.#keystone.refusalOf(request);
    if (refusal) return refusal;
    const wanted = /^compute 2\.(\d+)$/.exec(String(request.headers['openstack-api-version'] ?? ''))?.[1];
    const microversion = Number(wanted ?? 1);
    if (microversion > this.newestMicroversion) {
      const message = `Version 2.${microversion} is not supported by the API. Minimum is 2.1 and maximum is 2.${this.newestMicroversion}.`;
      return { status: 406, json: { computeFault: { message, code: 406 } } };
    }
    const path = request.path.replace(/^\/v2\.1/, '');
    if (path === '/servers/detail') return this.#servers(request, microversion);
    if (path === '/flavors/detail') return { status: 200, json: { flavors: this.#flavors() } };
    const entry = this.entries.find(({ id }) => path === `/servers/${id}`);
    if (entry) return { status: 200, json: { server: serverOf(entry, microversion) } };
    return { status: 404, json: { itemNotFound: { message: 'Instance could not be found.', code: 404 } } };
  }

  #servers({ query }: ReceivedRequest, microversion: number): ServedResponse {
    const changesSince = query.get('changes-since');
    const since = changesSince === null ? undefined : Date.parse(changesSince) / 1000;
    const listed = this.entries
      .filter(({ host }) => query.get('host') === null || query.get('host') === host)
      .filter(({ deleted, updated }) => (since === undefined ? !deleted : updated >= since));
    const marker = query.get('marker');
    const from = marker === null ? 0 : listed.findIndex(({ id }) => id === marker) + 1;
    const page = listed.slice(from, from + Math.min(this.pageSize, Number(query.get('limit') ?? 1_000)));
    const isLast = from + page.length >= listed.length;
    return {
      status: 200,
      ...(this.hasDate ? { headers: { date: new Date(this.now * 1000).toUTCString() } } : {}),
      hasDate: this.hasDate,
      json: {
        servers: page.map((entry) => serverOf(entry, microversion)),
        // To another host, as behind a proxy that was set up wrongly.
        ...(isLast ? {} : { servers_links: [{ rel: 'next', href: `http://nova.invalid/?marker=${page.at(-1)?.id}` }] }),
      },
    };
  }

  #flavors() {
    return Object.entries(flavorIds)
      .filter(([name]) => !this.deletedFlavors.has(name))
      .map(([name, id]) => ({ id, name, vcpus: 2, ram: 4096, disk: 20, 'OS-FLV-EXT-DATA:ephemeral': 5, swap: '' }));
  }
}

function serverOf(
  {
    id,
    name,
    host,
    flavor,
    deleted,
    updated,
    metadata,
    image,
    project = '9c8b7a6d5e4f40312233445566778899',
  }: NovaServerEntry,
  microversion: number,
) {
  return {
    id,
    name,
    status: deleted ? 'DELETED' : 'ACTIVE',
    tenant_id: project,
    user_id: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
    hostId: '1ba6c5fd72c8e0b1a9c3c0f4c06f2a5a52a0e2e7bd9b8f1dd9d5b9d2',
    created: '2026-11-22T20:00:00Z',
    updated: new Date(updated * 1000).toISOString().replace('.000', ''),
    metadata: metadata ?? { 'metering.stack': 'shop' },
    image: image === undefined ? '' : { id: image },
    flavor:
      microversion >= 47
        ? { original_name: flavor, vcpus: 2, ram: 4096, disk: 20, ephemeral: 5, swap: 0, extra_specs: {} }
        : { id: flavorIds[flavor], links: [] },
    'OS-EXT-STS:vm_state': deleted ? 'deleted' : 'active',
    'OS-EXT-STS:task_state': null,
    'OS-EXT-AZ:availability_zone': 'nova',
    'OS-EXT-SRV-ATTR:host': host,
    'OS-EXT-SRV-ATTR:instance_name': `instance-${name}`,
    'OS-SRV-USG:launched_at': '2026-11-22T20:01:00.000000',
  };
}
