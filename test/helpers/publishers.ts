import { systemClock } from '../../src/base/clock/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { createPublisher } from '../../src/ceilometer/publishers/create-publisher.ts';
import type { Publisher, PublisherContext } from '../../src/ceilometer/publishers/publisher.ts';
import { afterThisTest } from './console.ts';

export const TELEMETRY_SECRET = 'a secret of tests';

/** The publisher of a URL, closed after the test. */
export function publisherOf(url: string, context: Partial<PublisherContext> = {}): Publisher {
  const publisher = createPublisher(url, {
    telemetrySecret: new Secret(TELEMETRY_SECRET),
    messaging: {},
    clock: systemClock,
    logger: silentLogger,
    ...context,
  });
  afterThisTest(() => publisher.close());
  return publisher;
}
