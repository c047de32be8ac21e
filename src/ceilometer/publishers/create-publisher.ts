import { ConfigurationError } from '../../base/errors/errors.ts';
import { redactUrl } from '../../base/secrets/secret.ts';
import { TcpPublisher } from './collector-socket/tcp-publisher.ts';
import { UdpPublisher } from './collector-socket/udp-publisher.ts';
import { FilePublisher } from './file-publisher.ts';
import { createGnocchiPublisher } from './gnocchi/create-gnocchi-publisher.ts';
import { HttpPublisher } from './http-publisher.ts';
import { NotifierPublisher } from './messaging/notifier-publisher.ts';
import type { Publisher, PublisherContext } from './publisher.ts';

/** Schemes of publisher URLs, as in the sinks of Ceilometer's pipeline.yaml. */
const byScheme: Readonly<Record<string, (url: URL, context: PublisherContext) => Publisher>> = {
  'notifier:': (url, context) => new NotifierPublisher(url, context),
  'gnocchi:': createGnocchiPublisher,
  'file:': (url) => new FilePublisher(url),
  'http:': (url) => new HttpPublisher(url),
  'https:': (url) => new HttpPublisher(url),
  'udp:': (url, context) => new UdpPublisher(url, context),
  'tcp:': (url, context) => new TcpPublisher(url, context),
};

/** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for what is not the URL of a publisher */
export function createPublisher(text: string, context: PublisherContext): Publisher {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const create = url && byScheme[url.protocol];
  if (url && create) return create(url, context);
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `publisher '${redactUrl(text)}': it must be the URL of a publisher: ${Object.keys(byScheme)
      .map((scheme) => `${scheme}//`)
      .join(', ')}`,
  );
}
