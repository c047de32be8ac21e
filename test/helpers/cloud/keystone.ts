import { LoopbackServer, type ReceivedRequest, type ServedResponse } from './loopback-server.ts';

export const PASSWORD = 'ks-secret-pass';

/**
 * Plays Keystone v3 in the forms of docs/reference/openstack-formats.md#gnocchi-authentication, which were recorded
 * from the real one. The real one is in `npm run test:openstack`; here tokens can be made to expire and be revoked at
 * will.
 */
export class KeystoneServer {
  readonly server = new LoopbackServer((request) => this.#serve(request));
  /** Base addresses by type of the service. */
  readonly catalog: { type: string; interface: string; region_id: string; url: string }[] = [];
  /** Seconds. */
  lifetime = 3600;
  /** The clock by which tokens expire, milliseconds; without one they do not. */
  now: () => number = () => Number.NEGATIVE_INFINITY;
  #issued = 0;
  /** And when they expire. */
  readonly #valid = new Map<string, number>();

  get authUrl(): string {
    return `${this.server.url}/v3`;
  }

  get logons(): number {
    return this.server.requested(/^POST .*\/auth\/tokens$/).length;
  }

  add(type: string, url: string, wanted = 'public', region = 'RegionOne'): void {
    this.catalog.push({ type, interface: wanted, region_id: region, url });
  }

  revokeAll(): void {
    this.#valid.clear();
  }

  accepts(token: unknown): boolean {
    return typeof token === 'string' && this.now() < (this.#valid.get(token) ?? Number.NEGATIVE_INFINITY);
  }

  /** What a service behind keystonemiddleware answers to a token that is not good. */
  refusalOf(request: ReceivedRequest): ServedResponse | undefined {
    return this.accepts(request.headers['x-auth-token']) ? undefined : unauthorized(this.authUrl);
  }

  #serve(request: ReceivedRequest): ServedResponse {
    if (request.path === '/v3/domains' && request.method === 'GET') {
      return this.refusalOf(request) ?? { status: 200, json: { domains: [{ id: 'default', name: 'Default' }] } };
    }
    if (request.path === '/v3/projects' && request.method === 'GET') {
      return (
        this.refusalOf(request) ?? { status: 200, json: { projects: [{ id: 'service-project-id', name: 'service' }] } }
      );
    }
    if (request.method !== 'POST' || request.path !== '/v3/auth/tokens') {
      return {
        status: 404,
        json: { error: { code: 404, message: 'The resource could not be found.', title: 'Not Found' } },
      };
    }
    if (!JSON.stringify(request.json).includes(PASSWORD)) return unauthorized(this.authUrl);
    this.#issued += 1;
    const token = `gAAAAAB-token-${this.#issued}`;
    const now = this.now();
    this.#valid.set(token, Number.isFinite(now) ? now + this.lifetime * 1000 : 0);
    const issuedAt = Date.now();
    return {
      status: 201,
      headers: { 'x-subject-token': token },
      json: {
        token: {
          methods: ['password'],
          roles: [{ id: 'admin-role-id', name: 'admin' }],
          user: { id: 'ceilometer-user-id', name: 'ceilometer', domain: { id: 'default', name: 'Default' } },
          project: { id: 'service-project-id', name: 'service', domain: { id: 'default', name: 'Default' } },
          issued_at: new Date(issuedAt).toISOString(),
          expires_at: new Date(issuedAt + this.lifetime * 1000).toISOString(),
          catalog: this.catalog.map(({ type, ...endpoint }) => ({ type, name: type, endpoints: [endpoint] })),
        },
      },
    };
  }
}

function unauthorized(authUrl: string): ServedResponse {
  return {
    status: 401,
    headers: { 'www-authenticate': `Keystone uri="${authUrl}"` },
    json: {
      error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
    },
  };
}
