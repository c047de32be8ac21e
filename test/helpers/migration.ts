import type { LogFields } from '../../src/base/logger.ts';
import type { RecordedLog } from './recorded-log.ts';

interface Migration {
  readonly at: string;
  readonly takes: string;
  /** How long the source frame lists the partition that has left. */
  readonly leavesAfter: string;
  readonly counters?: 'carried' | 'anew';
}

/** A scenario in which a partition of the first frame migrates live to the second. */
export function migrationScenario({ at, takes, leavesAfter, counters = 'carried' }: Migration) {
  const frames = { partition: 'prod-db1', system: 'frame-01', to: 'frame-02' };
  return { events: [{ at, migrate: { ...frames, takes, leaves_after: leavesAfter, counters } }] };
}

/** What a receiver has said of partitions that migrated: which one, and from which frame to which. */
export function migrationsIn(log: RecordedLog): readonly LogFields[] {
  return log
    .at('info')
    .filter(({ message }) => message.startsWith('a partition has migrated'))
    .map(({ fields }) => fields);
}
