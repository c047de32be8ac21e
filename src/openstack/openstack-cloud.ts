import { type Clock, systemClock } from '../base/clock/clock.ts';
import { type TlsOptions, tlsRules } from '../base/http/tls-options.ts';
import { type Logger, loggerOf } from '../base/logger.ts';
import {
  anyOf,
  checkOptions,
  clockRule,
  fullText,
  group,
  loggerRule,
  type OptionRules,
  oneOf,
  recordOf,
  secret,
} from '../base/options/option-rules.ts';
import { isLoopbackAddress } from '../rest/endpoint.ts';
import { type CloudAccount, Identity } from './services/identity.ts';
import { CatalogClient, type ServiceClient } from './services/service-client.ts';
import { ServiceHttp } from './services/service-http.ts';
import type { CloudAuth } from './settings/cloud-settings.ts';
import { type OpenStackOptions, resolveCloud } from './settings/resolve-cloud.ts';

/** How to get into a cloud, and where it is logged. */
export interface OpenStackCloudOptions extends OpenStackOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const authKey = anyOf(fullText, secret);

const cloudRules: OptionRules<OpenStackCloudOptions> = {
  cloud: fullText,
  auth: group<CloudAuth>({
    auth_url: fullText,
    username: fullText,
    user_id: fullText,
    password: authKey,
    user_domain_name: fullText,
    user_domain_id: fullText,
    project_name: fullText,
    project_id: fullText,
    project_domain_name: fullText,
    project_domain_id: fullText,
    domain_name: fullText,
    domain_id: fullText,
    system_scope: fullText,
    application_credential_id: fullText,
    application_credential_name: fullText,
    application_credential_secret: authKey,
    token: authKey,
  }),
  authType: fullText,
  region: fullText,
  interface: oneOf('public', 'internal', 'admin'),
  tls: group<TlsOptions>(tlsRules),
  endpoints: recordOf(fullText),
  clock: clockRule,
  logger: loggerRule,
};

export interface OwnConnectionOptions {
  /** Instead of the address of the catalog. */
  readonly endpoint: string | undefined;
  /** Milliseconds without a byte of a response. */
  readonly readTimeout: number;
}

export interface OwnClient {
  readonly client: ServiceClient;
  /** Ends its connections; requests in progress fail. */
  close(): void;
}

/** A cloud that Keystone lets us into. All that talk to its services through one object share its token. */
export class OpenStackCloud {
  readonly #identity: Identity;
  readonly #http: ServiceHttp;

  /**
   * Connects to nothing yet.
   * @throws {ConfigurationError} when options, clouds.yaml and environment do not say how to get in
   */
  constructor(options: OpenStackCloudOptions = {}) {
    checkOptions('OpenStackCloud', options, cloudRules);
    const settings = resolveCloud(options);
    this.#http = new ServiceHttp(settings.tls);
    this.#identity = new Identity(settings, this.#http, options.clock ?? systemClock);
    const url = new URL(settings.authUrl);
    if (url.protocol === 'http:' && !isLoopbackAddress(url.hostname)) {
      loggerOf(options).warn(
        { address: settings.authUrl },
        'Keystone is asked in clear text: whoever listens on the way reads password and tokens',
      );
    }
  }

  /**
   * Requests to one service.
   * @param service for messages: `Nova`
   * @param type in the catalog of Keystone: `compute`; `identity` for Keystone itself, below `/v3`
   */
  client(service: string, type: string): ServiceClient {
    return new CatalogClient(service, type, this.#identity, this.#http);
  }

  /** The same with connections, patience and, where it is given, an address of its own. */
  openClient(service: string, type: string, { endpoint, readTimeout }: OwnConnectionOptions): OwnClient {
    const http = new ServiceHttp(this.#identity.settings.tls, readTimeout);
    const client = new CatalogClient(service, type, this.#identity, http, endpoint);
    return { client, close: () => http.close() };
  }

  /**
   * Whom Keystone takes us for, and with which roles.
   * @throws {OpenStackError} when it does not let us in
   */
  async account(): Promise<CloudAccount> {
    return (await this.#identity.token()).account;
  }

  /** Ends connections; requests in progress fail. */
  close(): void {
    this.#http.close();
  }
}
