import { ConfigurationError } from '../../base/errors/errors.ts';
import type { TlsOptions } from '../../base/http/tls-options.ts';
import { Secret } from '../../base/secrets/secret.ts';

/** The identity for Keystone. The keys are those of `auth` in a clouds.yaml. */
export interface CloudAuth {
  /** Address of Keystone; `/v3` is appended where it is missing. */
  readonly auth_url?: string | undefined;
  readonly username?: string | undefined;
  readonly user_id?: string | undefined;
  readonly password?: string | Secret | undefined;
  readonly user_domain_name?: string | undefined;
  readonly user_domain_id?: string | undefined;
  readonly project_name?: string | undefined;
  readonly project_id?: string | undefined;
  readonly project_domain_name?: string | undefined;
  readonly project_domain_id?: string | undefined;
  /** Domain to work on instead of a project. */
  readonly domain_name?: string | undefined;
  readonly domain_id?: string | undefined;
  /** `all` */
  readonly system_scope?: string | undefined;
  readonly application_credential_id?: string | undefined;
  readonly application_credential_name?: string | undefined;
  readonly application_credential_secret?: string | Secret | undefined;
  readonly token?: string | Secret | undefined;
}

/** Which of a service's addresses in Keystone's catalog is used. */
export type EndpointInterface = 'public' | 'internal' | 'admin';

/** A cloud, and how to get into it: from options, a clouds.yaml or the environment. */
export interface CloudSettings {
  /** Of Keystone, ending in `/v3`. */
  readonly authUrl: string;
  /** `identity` and, where it is not implied, `scope` of the body of Keystone's `POST /v3/auth/tokens`. */
  readonly authentication: Authentication;
  /** `undefined`: the only one of the catalog. */
  readonly region: string | undefined;
  readonly interface: EndpointInterface;
  readonly tls: TlsOptions;
  /** Addresses that replace those of the catalog, by type of the service: `compute`, `metric`. */
  readonly endpoints: Readonly<Record<string, string>>;
}

export interface Authentication {
  /** For messages: `user ceilometer`. */
  readonly who: string;
  /** The body of the request. It holds secrets: made where it is sent. */
  body(): unknown;
  /** What is secret in the body. */
  secret(): string;
}

type Value = string | Secret | undefined;

/**
 * What Keystone is asked for, out of the keys of a clouds.yaml.
 * @param source for messages: where the keys came from
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for keys that do not make an authentication
 */
export function authenticationOf(auth: CloudAuth, authType: string | undefined, source: string): Authentication {
  const method = methodOf(auth, authType, source);
  const missing = (what: string) => new ConfigurationError('POWERVM_CONFIG_INVALID', `${source}: ${what} is missing`);
  const user = userOf(auth);
  const who = `user ${auth.username ?? auth.user_id}`;
  if (method === 'application_credential') {
    const { application_credential_id: id, application_credential_name: name } = auth;
    const secret = auth.application_credential_secret;
    if (secret === undefined || reveal(secret) === '') throw missing('application_credential_secret');
    if (id === undefined && (name === undefined || !user)) {
      throw missing('application_credential_id, or application_credential_name with the user');
    }
    return {
      who: `application credential ${id ?? name}`,
      // The project belongs to the credential: no scope may be named.
      body: () => identity(method, { ...(id === undefined ? { name, user } : { id }), secret: reveal(secret) }),
      secret: () => reveal(secret),
    };
  }
  const scope = scopeOf(auth);
  // Gnocchi's API breaks down on a token without a scope.
  if (!scope) throw missing('project_name or project_id (or domain_name, system_scope)');
  if (method === 'token') {
    const { token } = auth;
    if (token === undefined || reveal(token) === '') throw missing('token');
    return {
      who: 'the token',
      body: () => identity(method, { id: reveal(token) }, scope),
      secret: () => reveal(token),
    };
  }
  const { password } = auth;
  if (password === undefined || reveal(password) === '') throw missing('password');
  if (!user) throw missing('username or user_id');
  return {
    who,
    body: () => identity(method, { user: { ...user, password: reveal(password) } }, scope),
    secret: () => reveal(password),
  };
}

function methodOf(auth: CloudAuth, authType: string | undefined, source: string) {
  const word = authType?.toLowerCase().replace(/^v3/, '').replaceAll('_', '');
  switch (word) {
    case 'password':
    case 'token':
      return word;
    case 'applicationcredential':
      return 'application_credential';
    case undefined:
    case '':
      if (auth.application_credential_secret !== undefined) return 'application_credential';
      return auth.token !== undefined && auth.password === undefined ? 'token' : 'password';
    default:
      throw new ConfigurationError(
        'POWERVM_CONFIG_INVALID',
        `${source}: auth_type ${authType} is not supported; it may be password, application_credential or token`,
      );
  }
}

function userOf(auth: CloudAuth) {
  if (auth.user_id !== undefined) return { id: auth.user_id };
  if (auth.username === undefined) return undefined;
  return { name: auth.username, domain: domainOf(auth.user_domain_id, auth.user_domain_name) };
}

function scopeOf(auth: CloudAuth) {
  if (auth.project_id !== undefined) return { project: { id: auth.project_id } };
  if (auth.project_name !== undefined) {
    const domain = domainOf(auth.project_domain_id, auth.project_domain_name);
    return { project: { name: auth.project_name, domain } };
  }
  if (auth.system_scope === 'all') return { system: { all: true } };
  if (auth.domain_id !== undefined || auth.domain_name !== undefined) {
    return { domain: domainOf(auth.domain_id, auth.domain_name) };
  }
  return undefined;
}

/** Keystone's own first domain has the id `default`. */
function domainOf(id: string | undefined, name: string | undefined) {
  if (id !== undefined) return { id };
  return name === undefined ? { id: 'default' } : { name };
}

function identity(method: string, content: unknown, scope?: unknown): unknown {
  return {
    auth: { identity: { methods: [method], [method]: content }, ...(scope === undefined ? {} : { scope }) },
  };
}

function reveal(value: Value): string {
  return value instanceof Secret ? value.reveal() : (value ?? '');
}
