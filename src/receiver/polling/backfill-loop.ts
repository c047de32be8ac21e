import type { Clock } from '../../base/clock/clock.ts';
import type { ConsoleClient } from '../../rest/model.ts';
import type { Backfill } from '../cursors/backfill.ts';

export interface BackfillLoopContext {
  readonly backfill: Pick<Backfill, 'isWanted' | 'step'>;
  readonly clock: Clock;
  readonly console: () => ConsoleClient;
  readonly onFailure: (error: unknown) => void;
}

/** Spends the time between two polls on what readers lack of the past. */
export class BackfillLoop {
  readonly #context: BackfillLoopContext;
  #wake: () => void = () => undefined;

  constructor(context: BackfillLoopContext) {
    this.#context = context;
  }

  /** To be called when a reader that is behind has capacity again. */
  wake(): void {
    if (this.#context.backfill.isWanted) this.#wake();
  }

  /**
   * Fetches what readers lack, at least one step, until the next poll is due.
   * @param isFailing only waits: the console does not work
   */
  async runUntil(due: number, isFailing: () => boolean, signal: AbortSignal): Promise<void> {
    const { clock, backfill } = this.#context;
    do {
      const isBlocked = isFailing() || !(await this.#fetch(due, signal));
      const woken = new AbortController();
      const wake = () => woken.abort();
      this.#wake = isBlocked ? () => undefined : wake;
      if (isBlocked || !backfill.isWanted) {
        // Not AbortSignal.any: Node remembers every combination for as long as the signal of the receiver lives.
        signal.addEventListener('abort', wake, { once: true });
        if (signal.aborted) wake();
        await clock.sleep(Math.max(0, due - clock.monotonic()), woken.signal).catch(() => undefined);
        signal.removeEventListener('abort', wake);
      }
      this.#wake = () => undefined;
    } while (!signal.aborted && clock.monotonic() < due);
  }

  /** @returns whether it went as far as possible; when not, it is retried after the next poll */
  async #fetch(due: number, signal: AbortSignal): Promise<boolean> {
    const { clock, backfill, console, onFailure } = this.#context;
    try {
      while (backfill.isWanted) {
        if (!(await backfill.step(console(), signal))) return !backfill.isWanted;
        if (clock.monotonic() >= due) return true;
      }
      return true;
    } catch (error) {
      if (!signal.aborted) onFailure(error);
      return false;
    }
  }
}
