import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { emptyInventory, inspectFrame } from '../../../src/inspector/index.ts';
import { assemble, emptyAssembly, parseHypervisorDocument } from '../../../src/pcm/index.ts';
import { CrossSystemDeduplicator } from '../../../src/receiver/ownership/deduplication.ts';
import { timeOf } from '../../helpers/document-console.ts';
import { lpar, phyp } from '../../helpers/documents.ts';

const STALE_AFTER = 120_000;

/** Frames that may list the same partition. */
class Frame {
  readonly #id: string;
  #assembly: ReturnType<typeof emptyAssembly>;
  #history: Parameters<typeof inspectFrame>[0];

  constructor(id: string) {
    this.#id = id;
    this.#assembly = emptyAssembly(id);
  }

  sample(instant: number, lpars: readonly Record<string, unknown>[]) {
    const time = timeOf(instant);
    const document = parseHypervisorDocument(phyp(time, { lpars }));
    const { state, samples } = assemble(this.#assembly, [{ listedAt: time, document }]);
    this.#assembly = state;
    const [sample] = samples;
    if (!sample) throw new Error('no sample');
    const { activity, history } = inspectFrame(this.#history, sample, emptyInventory(this.#id));
    this.#history = history;
    return activity;
  }
}

const idle = { utilizedCappedProcCycles: 0, utilizedUnCappedProcCycles: 0, idleProcCycles: 0 };
const running = (instant: number) => [lpar(timeOf(instant))];
const expected = (instant: number) => [lpar(timeOf(instant), { state: 'Not Activated', processor: idle })];

function deduplicator() {
  const clock = new ManualClock(timeOf(0));
  return {
    clock,
    frames: [new Frame('first'), new Frame('second')] as const,
    dedupe: new CrossSystemDeduplicator(clock, silentLogger, STALE_AFTER),
  };
}

describe('a partition that two frames list', () => {
  test('is reported by the one on which it runs, and not by the one that expects it', () => {
    const {
      dedupe,
      frames: [first, second],
    } = deduplicator();
    expect(dedupe.deduplicate(first.sample(0, running(0)), true).owned.partitions).toHaveLength(1);
    const { owned, elsewhere } = dedupe.deduplicate(second.sample(0, expected(0)), true);
    expect([owned.partitions.length, elsewhere.length]).toEqual([0, 1]);
    // The counts of the frame are without it as well.
    expect(owned.system.partitionCounts).toEqual([]);
  });

  test('goes over to the other when it has come to life there, and is reported by one of them at any time', () => {
    const {
      dedupe,
      frames: [first, second],
    } = deduplicator();
    const reported = (instant: number, one: Record<string, unknown>[], other: Record<string, unknown>[]) => [
      dedupe.deduplicate(first.sample(instant, one), true).owned.partitions.length,
      dedupe.deduplicate(second.sample(instant, other), true).owned.partitions.length,
    ];
    expect(reported(0, running(0), [])).toEqual([1, 0]);
    expect(reported(1, running(1), expected(1))).toEqual([1, 0]);
    const left = lpar(timeOf(1), { state: 'Not Activated' });
    expect(reported(2, [left], running(2))).toEqual([1, 1]);
    expect(reported(3, [left], running(3))).toEqual([0, 1]);
  });

  test('is reported by the other when the first is silent for too long', async () => {
    const {
      clock,
      dedupe,
      frames: [first, second],
    } = deduplicator();
    dedupe.deduplicate(first.sample(0, running(0)), true);
    dedupe.deduplicate(second.sample(0, running(0)), true);
    expect(dedupe.deduplicate(second.sample(1, running(1)), true).owned.partitions).toEqual([]);
    await clock.advance(STALE_AFTER + 1);
    expect(dedupe.deduplicate(second.sample(2, running(2)), true).owned.partitions).toHaveLength(1);
  });

  test('is reported by the other frame that lists it once the first is read by others', () => {
    const {
      dedupe,
      frames: [first, second],
    } = deduplicator();
    dedupe.deduplicate(first.sample(0, running(0)), true);
    const seen = second.sample(0, running(0));
    dedupe.deduplicate(seen, true);
    expect(dedupe.currentView(seen).partitions).toEqual([]);
    dedupe.forget('first');
    expect(dedupe.deduplicate(second.sample(1, running(1)), true).owned.partitions).toHaveLength(1);
  });

  test('is where it was when a sample of the past is read late', () => {
    const {
      dedupe,
      frames: [first, second],
    } = deduplicator();
    const past = first.sample(0, running(0));
    dedupe.deduplicate(past, true);
    dedupe.deduplicate(second.sample(1, []), true);
    dedupe.deduplicate(first.sample(2, []), true);
    dedupe.deduplicate(second.sample(3, running(3)), true);
    expect(dedupe.deduplicate(past, false).owned.partitions).toHaveLength(1);
    expect(dedupe.currentView(past).partitions).toEqual([]);
  });
});
