import type { FrameActivity } from '../inspector/activity.ts';
import type { SampleCursor } from './cursor.ts';

interface Entry {
  readonly sequence: number;
  readonly activity: FrameActivity;
}

interface SystemLog {
  /** Oldest first. */
  readonly entries: Entry[];
  nextSequence: number;
}

/**
 * What was received and not yet acknowledged by everybody who reads along. Keeps nothing that no cursor waits for, and
 * per system at most so many activities: a reader that stands still loses the oldest, and is told through `onLoss`.
 */
export class SampleHistory {
  readonly #limit: number;
  readonly #onLoss: (cursor: string, systemId: string) => void;
  readonly #systems = new Map<string, SystemLog>();
  readonly #cursors = new Map<string, HistoryCursor>();

  constructor(limit: number, onLoss: (cursor: string, systemId: string) => void) {
    this.#limit = limit;
    this.#onLoss = onLoss;
  }

  append(activity: FrameActivity): void {
    if (this.#cursors.size === 0) return;
    const systemId = activity.sample.systemId;
    const log = this.#systems.get(systemId) ?? { entries: [], nextSequence: 0 };
    this.#systems.set(systemId, log);
    log.entries.push({ sequence: log.nextSequence, activity });
    log.nextSequence += 1;
    if (log.entries.length > this.#limit) this.#dropOldest(systemId, log);
  }

  /** The cursor of that name; a new one begins after what has been received so far. */
  cursor(name: string): SampleCursor {
    const existing = this.#cursors.get(name);
    if (existing) return existing;
    const cursor = new HistoryCursor(name, this.#systems, {
      onMove: (systemId) => this.#forget(systemId),
      onClose: () => this.#close(name),
    });
    this.#cursors.set(name, cursor);
    return cursor;
  }

  #dropOldest(systemId: string, log: SystemLog): void {
    const dropped = log.entries.shift();
    if (!dropped) return;
    for (const cursor of this.#cursors.values()) {
      if (cursor.skip(systemId, dropped.sequence)) this.#onLoss(cursor.name, systemId);
    }
  }

  /** Lets go of what every cursor has acknowledged. */
  #forget(systemId: string): void {
    const log = this.#systems.get(systemId);
    if (!log) return;
    const positions = [...this.#cursors.values()].map((cursor) => cursor.position(systemId));
    const oldestNeeded = positions.length === 0 ? log.nextSequence : Math.min(...positions);
    while (log.entries[0] && log.entries[0].sequence < oldestNeeded) log.entries.shift();
  }

  #close(name: string): void {
    this.#cursors.delete(name);
    for (const systemId of this.#systems.keys()) this.#forget(systemId);
  }
}

interface CursorListener {
  readonly onMove: (systemId: string) => void;
  readonly onClose: () => void;
}

class HistoryCursor implements SampleCursor {
  readonly name: string;
  readonly #systems: ReadonlyMap<string, SystemLog>;
  readonly #listener: CursorListener;
  /** The sequence number of the first activity that is not acknowledged, by system. */
  readonly #positions = new Map<string, number>();

  constructor(name: string, systems: ReadonlyMap<string, SystemLog>, listener: CursorListener) {
    this.name = name;
    this.#systems = systems;
    this.#listener = listener;
    for (const [systemId, log] of systems) this.#positions.set(systemId, log.nextSequence);
  }

  pending(limit = Number.POSITIVE_INFINITY): readonly FrameActivity[] {
    const pending: FrameActivity[] = [];
    for (const [systemId, log] of this.#systems) {
      for (const { sequence, activity } of log.entries) {
        if (pending.length >= limit) return pending;
        if (sequence >= this.position(systemId)) pending.push(activity);
      }
    }
    return pending;
  }

  acknowledge(activity: FrameActivity): void {
    const { systemId } = activity.sample;
    const entry = this.#systems.get(systemId)?.entries.find((candidate) => candidate.activity === activity);
    if (!entry) return;
    this.#positions.set(systemId, Math.max(this.position(systemId), entry.sequence + 1));
    this.#listener.onMove(systemId);
  }

  close(): void {
    this.#listener.onClose();
  }

  position(systemId: string): number {
    return this.#positions.get(systemId) ?? 0;
  }

  /** Passes over an activity that was dropped; tells whether the reader still needed it. */
  skip(systemId: string, sequence: number): boolean {
    if (this.position(systemId) > sequence) return false;
    this.#positions.set(systemId, sequence + 1);
    return true;
  }
}
