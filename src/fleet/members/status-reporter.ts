import os from 'node:os';
import type { Clock } from '../../base/clock/clock.ts';
import type { EtcdClient } from '../../etcd/index.ts';
import type { GroupReader } from '../fleet-options.ts';
import type { GroupOwnership } from '../groups/group-ownership.ts';
import type { FleetKeys } from '../keys.ts';
import type { GroupRecord } from '../view.ts';
import { type MemberStatus, readStatuses } from './member-status.ts';
import type { Membership } from './membership.ts';

const STATUS_INTERVAL = 10_000;

export interface StatusReporterContext {
  readonly client: EtcdClient;
  readonly keys: FleetKeys;
  /** Of this member. */
  readonly name: string;
  readonly clock: Clock;
  readonly membership: Pick<Membership, 'isSafe' | 'lease'>;
  readonly ownership: GroupOwnership;
  readonly readerOf: (group: string) => GroupReader | undefined;
  readonly recordOf: (group: string) => GroupRecord | undefined;
}

/** Reports now and then how this member fares, to the others and to whoever looks at the fleet, and reads what they report. */
export class StatusReporter {
  readonly #context: StatusReporterContext;
  #statuses: readonly MemberStatus[] = [];

  constructor(context: StatusReporterContext) {
    this.#context = context;
  }

  /** What the members reported last. */
  get statuses(): readonly MemberStatus[] {
    return this.#statuses;
  }

  /** Until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, membership } = this.#context;
    while (!signal.aborted) {
      const { lease } = membership;
      if (lease !== undefined && membership.isSafe) await this.#report(lease, signal).catch(() => undefined);
      await clock.sleep(STATUS_INTERVAL, signal).catch(() => undefined);
    }
  }

  async #report(lease: string, signal: AbortSignal): Promise<void> {
    const { client, keys, name, clock, ownership, readerOf, recordOf } = this.#context;
    const held = ownership.groups;
    const groups = Object.fromEntries(
      held.map(({ id }) => [id, { partitions: readerOf(id)?.partitionsOf(id), lag: readerOf(id)?.lagOf(id) }]),
    );
    const status = { now: clock.now(), host: os.hostname(), groups };
    this.#statuses = readStatuses(keys, (await client.list(keys.statuses, { signal })).keys);
    await client.commit([], [{ put: keys.status(name), value: JSON.stringify(status), lease }], { signal });
    for (const { id, guard } of held) {
      const partitions = groups[id]?.partitions;
      const record = recordOf(id);
      const known = record?.partitions ?? 0;
      // Placement must not tremble with every partition that comes or goes.
      if (partitions === undefined || Math.abs(partitions - known) <= known / 10) continue;
      await ownership.writeRecord(id, guard, { takeovers: 0, reader: name, ...record, partitions }, signal);
    }
  }
}
