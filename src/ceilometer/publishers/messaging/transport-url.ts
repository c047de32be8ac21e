import { ConfigurationError } from '../../../base/errors/errors.ts';
import { redactUrl, Secret } from '../../../base/secrets/secret.ts';

/** One broker of a cluster. */
export interface BrokerHost {
  readonly host: string;
  /** `undefined`: 5672, or 5671 with TLS. */
  readonly port: number | undefined;
  readonly username: string;
  readonly password: Secret;
}

/** Where the brokers are. */
export interface Transport {
  readonly hosts: readonly BrokerHost[];
  readonly virtualHost: string;
}

const FORM = /^(?:rabbit|amqp|kombu\+amqp|kombu\+rabbit):\/\/([^/?#]*)(?:\/([^?#]*))?/;
const HOST = /^(?:([^:@]*)(?::(.*))?@)?(\[[^\]]+\]|[^:@[\]]*)(?::(\d{1,5}))?$/;

/**
 * Reads a transport URL of oslo.messaging, `rabbit://user:password@host1:5672,user:password@host2/vhost`: a list of
 * hosts, user and password percent-encoded, without a path the virtual host `/`
 * (docs/reference/openstack-formats.md#transport-url). A host without user takes that of the one before it, as kombu
 * has it.
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID`, without the password
 */
export function parseTransportUrl(text: string): Transport {
  const match = FORM.exec(text);
  if (!match) throw invalid(text, 'it must look like rabbit://user:password@host1,host2/vhost');
  const [, authority = '', path = ''] = match;
  const hosts: BrokerHost[] = [];
  for (const part of authority.split(',')) {
    const before = hosts.at(-1);
    const [, username, password, host = '', port] = HOST.exec(part) ?? [];
    if (host === '')
      throw invalid(text, 'a host is missing or not readable; percent-encode what is special in a password');
    hosts.push({
      host: host.replace(/^\[|\]$/g, ''),
      port: port === undefined ? undefined : Number(port),
      username: username === undefined ? (before?.username ?? 'guest') : decode(username, text),
      password:
        username === undefined ? (before?.password ?? new Secret('guest')) : new Secret(decode(password ?? '', text)),
    });
  }
  return { hosts, virtualHost: path === '' ? '/' : decode(path, text) };
}

function decode(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(url, 'a percent sign stands for nothing; write it as %25');
  }
}

function invalid(url: string, problem: string): ConfigurationError {
  return new ConfigurationError('POWERVM_CONFIG_INVALID', `transport_url '${redactUrl(url)}': ${problem}`);
}
