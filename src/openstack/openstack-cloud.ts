import { type Clock, systemClock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { isLoopbackAddress } from '../rest/endpoint.ts';
import { Identity } from './identity.ts';
import { type OpenStackOptions, resolveCloud } from './resolve-cloud.ts';
import { CatalogClient, type ServiceClient } from './service-client.ts';
import { ServiceHttp } from './service-http.ts';

export interface OpenStackCloudOptions extends OpenStackOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

export interface OwnConnectionOptions {
  /** Instead of the address of the catalog. */
  readonly endpoint: string | undefined;
  /** Milliseconds without a byte of an answer. */
  readonly readTimeout: number;
}

export interface OwnClient {
  readonly client: ServiceClient;
  /** Ends its connections; requests under way fail. */
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
    const settings = resolveCloud(options);
    this.#http = new ServiceHttp(settings.tls);
    this.#identity = new Identity(settings, this.#http, options.clock ?? systemClock);
    const url = new URL(settings.authUrl);
    if (url.protocol === 'http:' && !isLoopbackAddress(url.hostname)) {
      (options.logger ?? silentLogger).warn(
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

  /** Ends connections; requests under way fail. */
  close(): void {
    this.#http.close();
  }
}
