import { ConfigurationError } from '../../base/errors.ts';
import { redactUrl } from '../../base/secret.ts';
import { FilePublisher } from './file-publisher.ts';
import { HttpPublisher } from './http-publisher.ts';
import type { Publisher } from './publisher.ts';

/** Schemes of publisher URLs, as in the sinks of Ceilometer's pipeline.yaml. */
const bySchema: Readonly<Record<string, (url: URL) => Publisher>> = {
  'file:': (url) => new FilePublisher(url),
  'http:': (url) => new HttpPublisher(url),
  'https:': (url) => new HttpPublisher(url),
};

/** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for what is not the URL of a publisher */
export function createPublisher(text: string): Publisher {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const create = url && bySchema[url.protocol];
  if (url && create) return create(url);
  throw new ConfigurationError(
    'POWERVM_CONFIG_INVALID',
    `publisher '${redactUrl(text)}': it must be the URL of a publisher: ${Object.keys(bySchema)
      .map((scheme) => `${scheme}//`)
      .join(', ')}`,
  );
}
