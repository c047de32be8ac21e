import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { DocumentReader } from '../../src/receiver/documents/document-reader.ts';
import { DocumentReports } from '../../src/receiver/documents/document-reports.ts';
import { InventoryCache } from '../../src/receiver/inventory/inventory-cache.ts';
import { CrossSystemDeduplicator } from '../../src/receiver/ownership/deduplication.ts';
import { SampleTraversal, type TraversalOptions } from '../../src/receiver/polling/sample-traversal.ts';
import { StartTimeRegistry } from '../../src/receiver/start-times/start-time-registry.ts';
import { SystemRecorder } from '../../src/receiver/statistics/statistics-recorder.ts';
import { START } from './documents.ts';
import { SYSTEM_ID } from './frames.ts';

/** A clock that stands still and on which no one waits: retries follow each other at once. */
class ImpatientClock extends ManualClock {
  override sleep(): Promise<void> {
    return Promise.resolve();
  }
}

/** What all traversals of one system share, as a poller makes it. */
export function traversals({ logger = silentLogger }: { readonly logger?: Logger } = {}) {
  const clock = new ImpatientClock(START);
  const recorder = new SystemRecorder(SYSTEM_ID, clock, 120_000);
  const documents = new DocumentReader(clock, new DocumentReports(recorder, logger), {
    latest: () => Number.POSITIVE_INFINITY,
    latestPurged: () => Number.NEGATIVE_INFINITY,
  });
  const context = {
    inventory: new InventoryCache(SYSTEM_ID, clock, logger),
    documents,
    deduplicator: new CrossSystemDeduplicator(clock, logger, 120_000),
    starts: new StartTimeRegistry(),
  };
  const create = (options?: TraversalOptions) => new SampleTraversal(SYSTEM_ID, context, options);
  const errors = () => recorder.snapshot(START).documentErrors;
  return { clock, recorder, documents, create, errors };
}
