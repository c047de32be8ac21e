/** Half an hour: what the page shows altogether. */
const WINDOW_MS = 1_800_000;

interface Change {
  readonly at: number;
  readonly count: number;
}

/** How much a count has grown in the last half hour, so that old problems are not reported. */
export class RecentCounts {
  readonly #changes = new Map<string, Change[]>();

  /**
   * @param count since the collector began
   * @param now by the monotonic clock
   */
  grown(key: string, count: number, now: number): number {
    // Before it was first looked at nothing had been counted.
    const changes = this.#changes.get(key) ?? [{ at: now, count: 0 }];
    this.#changes.set(key, changes);
    if (changes.at(-1)?.count !== count) changes.push({ at: now, count });
    while (changes[1] && changes[1].at <= now - WINDOW_MS) changes.shift();
    return count - (changes[0]?.count ?? 0);
  }
}
