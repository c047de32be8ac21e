import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { counterKinds } from '../../../src/inspector/counters/counter-kinds.ts';
import {
  StartTimePersistence,
  type StartTimeStorage,
} from '../../../src/receiver/start-times/start-time-persistence.ts';
import type { GroupRecord, StartTimeRecord } from '../../../src/receiver/start-times/start-time-record.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

class MemoryStorage implements StartTimeStorage {
  record: StartTimeRecord | undefined;
  changes: readonly GroupRecord[] = [];
  saves = 0;
  fails = false;

  async load(): Promise<StartTimeRecord | undefined> {
    if (this.fails) throw new Error('no disk');
    return this.record;
  }

  noteChanges(_systemId: string, changes: readonly GroupRecord[]): void {
    this.changes = changes;
  }

  async save(_systemId: string, record: StartTimeRecord): Promise<void> {
    if (this.fails) throw new Error('no disk');
    this.record = record;
    this.changes = [];
    this.saves += 1;
  }
}

function persistence(storage = new MemoryStorage()) {
  const clock = new ManualClock(0);
  const log = new RecordedLog();
  return { persistence: new StartTimePersistence(SYSTEM_ID, storage, clock, log), storage, clock, log };
}

function see({ registry }: StartTimePersistence, id: string, time: number): number {
  registry.note('phyp', time);
  const group = { owner: 'partition', kind: counterKinds.disk, id, location: 'C2', source: 'phyp', time, counters: {} };
  return registry.startOf(group, { previous: undefined, restarted: false });
}

describe('start times', () => {
  test('continue after a restart from the record and from what changed since', async () => {
    const first = persistence();
    see(first.persistence, 'a', 1);
    await first.persistence.save();
    see(first.persistence, 'b', 2);
    first.persistence.note();
    expect(first.storage.changes.map(([, name]) => name)).toEqual(['disk b C2']);
    const { record, changes } = first.storage;
    const storage = new MemoryStorage();
    storage.record = record && { ...record, groups: [...record.groups, ...changes] };
    const second = persistence(storage);
    await second.persistence.load();
    expect([see(second.persistence, 'a', 9), see(second.persistence, 'b', 9)]).toEqual([1, 2]);
  });

  test('are noted only when something has changed', () => {
    const { persistence: starts, storage } = persistence();
    see(starts, 'a', 1);
    starts.note();
    storage.changes = [];
    starts.note();
    expect(storage.changes).toEqual([]);
  });

  test('are written in full every ten minutes', async () => {
    const { persistence: starts, storage, clock } = persistence();
    starts.saveIfDue();
    expect(storage.saves).toBe(0);
    await clock.advance(600_000);
    starts.saveIfDue();
    await starts.save();
    expect(storage.saves).toBe(2);
  });

  test('are read once, and start again with a warning where they cannot be', async () => {
    const { persistence: starts, storage, log } = persistence();
    storage.fails = true;
    await starts.load();
    await starts.load();
    expect(log.at('warn').map(({ message }) => message)).toEqual([
      'the start times of series could not be read; they begin anew',
    ]);
    await starts.save();
    expect(log.at('warn')).toHaveLength(2);
    expect(see(starts, 'a', 5)).toBe(5);
  });

  test('need no storage', async () => {
    const starts = new StartTimePersistence(SYSTEM_ID, undefined, new ManualClock(0), new RecordedLog());
    await starts.load();
    see(starts, 'a', 1);
    starts.note();
    await starts.save();
    expect(see(starts, 'a', 2)).toBe(1);
  });
});
