import { ConfigurationError } from '../../base/errors.ts';
import { redactUrl } from '../../base/secret.ts';
import { FilePublisher } from './file-publisher.ts';
import { HttpPublisher } from './http-publisher.ts';
import type { Publisher, PublisherContext } from './publisher.ts';

/** Schemes of publisher URLs, as in the sinks of Ceilometer's pipeline.yaml. */
const byScheme: Readonly<Record<string, (url: URL, context: PublisherContext) => Publisher>> = {
  'file:': (url) => new FilePublisher(url),
  'http:': (url) => new HttpPublisher(url),
  'https:': (url) => new HttpPublisher(url),
};

/** `file://`, `http://`, … */
export const publisherSchemes: readonly string[] = Object.keys(byScheme).map((scheme) => `${scheme}//`);

/** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for what is not the URL of a publisher */
export function createPublisher(text: string, context: PublisherContext): Publisher {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const create = url && byScheme[url.protocol];
  if (url && create) return create(url, context);
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `publisher '${redactUrl(text)}': it must be the URL of a publisher: ${publisherSchemes.join(', ')}`,
  );
}
