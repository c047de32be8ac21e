import type { Clock } from '../../base/clock/clock.ts';
import { OpenStackError } from '../../base/errors/errors.ts';
import { Secret } from '../../base/secrets/secret.ts';
import type { CloudSettings } from '../settings/cloud-settings.ts';
import { ServiceCatalog } from './service-catalog.ts';
import { type JsonResponse, responseError, responseMessage, type ServiceHttp } from './service-http.ts';

/** Whom Keystone takes us for. What it did not say is `undefined`. */
export interface CloudAccount {
  readonly user: string | undefined;
  /** `undefined` with a scope that is no project, such as the whole system. */
  readonly project: string | undefined;
  readonly roles: readonly string[];
}

/** A token that Keystone gave, and what came with it. */
export interface AuthToken {
  readonly secret: Secret;
  readonly catalog: ServiceCatalog;
  readonly userId: string | undefined;
  readonly projectId: string | undefined;
  readonly account: CloudAccount;
  /** Monotonic milliseconds. */
  readonly issuedAt: number;
  readonly renewAt: number;
  readonly expiresAt: number;
}

const MAX_RENEWAL_MARGIN_MS = 300_000;
const DEFAULT_LIFETIME = 3_600_000;
/** A service that does not accept a token so young will not accept another one. */
const RECENT_TOKEN_MS = 10_000;
const PAUSE_AFTER_FAILED_RENEWAL = 30_000;
const MIN_PAUSE_AFTER_REFUSAL_MS = 60_000;
const MAX_PAUSE_AFTER_REFUSAL_MS = 3_600_000;

/**
 * The token that all clients of a cloud share. A caller that finds it expired or refused renews it for all: one request
 * to Keystone at a time. Refused credentials are not tried again at once, since repeated refusals may lock the account.
 */
export class Identity {
  readonly settings: CloudSettings;
  readonly #http: ServiceHttp;
  readonly #clock: Clock;
  #token: AuthToken | undefined;
  #logon: Promise<AuthToken> | undefined;
  #refusal: { readonly error: OpenStackError; readonly until: number; readonly pause: number } | undefined;
  #nextRenewal = 0;

  constructor(settings: CloudSettings, http: ServiceHttp, clock: Clock) {
    this.settings = settings;
    this.#http = http;
    this.#clock = clock;
  }

  /**
   * A token that is not about to expire. While Keystone cannot be reached an older one is used to its end.
   * @throws {OpenStackError} `POWERVM_OPENSTACK_LOGON_REFUSED` and those of {@link ServiceHttp.send}
   */
  async token(): Promise<AuthToken> {
    const now = this.#clock.monotonic();
    const token = this.#token;
    if (!token || now >= token.expiresAt) return this.#logOnShared();
    if (now < token.renewAt || now < this.#nextRenewal) return token;
    try {
      return await this.#logOnShared();
    } catch {
      // It is still good; whether the next one fails as well shows in a moment.
      this.#nextRenewal = now + PAUSE_AFTER_FAILED_RENEWAL;
      return token;
    }
  }

  /** A token instead of one that a service did not accept; `undefined` when another one would fare no better. */
  async renew(refused: AuthToken): Promise<AuthToken | undefined> {
    if (this.#token === refused) {
      if (this.#clock.monotonic() - refused.issuedAt < recentOf(refused)) return undefined;
      this.#token = undefined;
    }
    return this.token();
  }

  #logOnShared(): Promise<AuthToken> {
    const refusal = this.#refusal;
    if (refusal && this.#clock.monotonic() < refusal.until) return Promise.reject(refusal.error);
    this.#logon ??= this.#logOn().finally(() => {
      this.#logon = undefined;
    });
    return this.#logon;
  }

  async #logOn(): Promise<AuthToken> {
    const { authUrl, authentication } = this.settings;
    const url = new URL(`${authUrl}/auth/tokens`);
    const secrets = [authentication.secret()];
    const response = await this.#http.send('Keystone', url, { method: 'POST', json: authentication.body(), secrets });
    if (isRefusal(response)) throw this.#refuse(response);
    if (response.statusCode !== 201) throw responseError('Keystone', url, response);
    this.#token = this.#read(url, response);
    this.#refusal = undefined;
    return this.#token;
  }

  /** By the clock of Keystone only the lifetime is read: its clock and ours need not agree. */
  #read(url: URL, response: JsonResponse): AuthToken {
    const text = response.headers['x-subject-token'];
    const token = (response.content as { token?: TokenContent } | undefined)?.token;
    if (text === undefined || typeof token !== 'object') throw responseError('Keystone', url, response);
    const lifetime = Date.parse(token.expires_at ?? '') - Date.parse(token.issued_at ?? '');
    const milliseconds = lifetime > 0 ? lifetime : DEFAULT_LIFETIME;
    const issuedAt = this.#clock.monotonic();
    return {
      secret: new Secret(text),
      catalog: new ServiceCatalog(token.catalog),
      userId: token.user?.id,
      projectId: token.project?.id,
      account: {
        user: token.user?.name,
        project: token.project?.name,
        roles: (token.roles ?? []).flatMap(({ name }) => name ?? []),
      },
      issuedAt,
      renewAt: issuedAt + milliseconds - Math.min(MAX_RENEWAL_MARGIN_MS, milliseconds / 10),
      expiresAt: issuedAt + milliseconds,
    };
  }

  #refuse(response: JsonResponse): OpenStackError {
    const { authentication, authUrl } = this.settings;
    const said = responseMessage(response.content);
    const error = new OpenStackError(
      'POWERVM_OPENSTACK_LOGON_REFUSED',
      `Keystone at ${authUrl} refused ${authentication.who}${said === '' ? '' : `: ${said}`}`,
      { context: { service: 'Keystone', address: authUrl, statusCode: response.statusCode } },
    );
    const pause = Math.min((this.#refusal?.pause ?? MIN_PAUSE_AFTER_REFUSAL_MS / 2) * 2, MAX_PAUSE_AFTER_REFUSAL_MS);
    this.#refusal = { error, pause, until: this.#clock.monotonic() + pause };
    return error;
  }
}

/** One that lives for seconds may have expired on its way to the service. */
function recentOf({ issuedAt, expiresAt }: AuthToken): number {
  return Math.min(RECENT_TOKEN_MS, (expiresAt - issuedAt) / 2);
}

/** An application credential that was deleted is not found, where a wrong password is not authorized. */
function isRefusal({ statusCode, content }: JsonResponse): boolean {
  if (statusCode === 404) return /^could not find application credential\b/i.test(responseMessage(content));
  return statusCode === 401 || statusCode === 403;
}

interface TokenContent {
  readonly expires_at?: string;
  readonly issued_at?: string;
  readonly catalog?: unknown;
  readonly user?: { readonly id?: string; readonly name?: string };
  readonly project?: { readonly id?: string; readonly name?: string };
  readonly roles?: readonly { readonly name?: string }[];
}
