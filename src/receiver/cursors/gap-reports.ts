import type { Logger } from '../../base/logger.ts';
import { SAMPLE_INTERVAL } from '../../pcm/model.ts';
import type { GapCause } from '../statistics/statistics.ts';
import type { SystemRecorder } from '../statistics/statistics-recorder.ts';
import type { CursorGap } from './cursors.ts';
import { hasPurged, type LostSamples, latestPurged, type Outages } from './outages.ts';

/** Where the samples of a system come from, for log lines. */
interface Place {
  readonly system: string;
  readonly console: string;
}

/** Reports what readers of one system lack permanently: counted by its cause, and logged once with its times. */
export class GapReports {
  readonly #recorder: SystemRecorder;
  readonly #logger: Logger;
  readonly #outages: Outages;
  /** Readers and sources of which a part was missing before: reported more quietly from then on. */
  readonly #reportedParts = new Set<string>();

  constructor(recorder: SystemRecorder, logger: Logger, outages: Outages) {
    this.#recorder = recorder;
    this.#logger = logger;
    this.#outages = outages;
  }

  /**
   * @param now by our clock
   * @param skew milliseconds that the console's clock is ahead of ours
   */
  note(gap: CursorGap, place: Place, now: number, skew: number): void {
    if (gap.count > 0) this.#noteInstants(gap, place, now, skew);
    if (gap.parts.length > 0) this.#recordParts(gap, place);
  }

  /** Whole instants: counted by what was the matter when PCM threw them away. */
  #noteInstants(
    { cursor, before, after, count, returnedAt, isUnread }: CursorGap,
    place: Place,
    now: number,
    skew: number,
  ) {
    const first = before.time + SAMPLE_INTERVAL;
    const last = before.time + count * SAMPLE_INTERVAL;
    const lost = {
      first: first - skew,
      count,
      interval: SAMPLE_INTERVAL,
      returnedSince: returnedAt === undefined ? undefined : returnedAt - skew,
    };
    const causes = this.#causesOf(lost, isUnread, now);
    for (const [cause, samples] of causes) this.#recorder.gap(cursor, cause, samples);
    const isPurged = hasPurged(Math.min(last, after.time) - skew, now);
    const reason = causes.has('document_failed')
      ? 'their documents did not come whole'
      : isPurged
        ? 'PCM does not have them any more'
        : 'PCM lists none of these instants';
    this.#logger.warn(
      {
        ...place,
        reader: cursor,
        samples: count,
        causes: Object.fromEntries(causes),
        first: timeText(first),
        last: timeText(last),
      },
      `samples are lost: ${reason}`,
    );
  }

  /** What was listed and did not come may have been thrown away while it was asked for: that is no fault of its document. */
  #causesOf(lost: LostSamples, isUnread: boolean, now: number): ReadonlyMap<GapCause, number> {
    if (!isUnread) return this.#outages.causesOf(lost, now);
    const { first, count, interval } = lost;
    // The newest that is gone by now, reckoned: a count may be any number.
    const purged = Math.max(0, Math.min(count, Math.floor((latestPurged(now) - first) / interval) + 1));
    const causes = new Map(purged > 0 ? this.#outages.causesOf({ ...lost, count: purged }, now) : []);
    if (count > purged) causes.set('document_failed', (causes.get('document_failed') ?? 0) + count - purged);
    return causes;
  }

  /** Instants that come without a document which PCM had listed for them. */
  #recordParts({ cursor, parts }: CursorGap, place: Place): void {
    const times = [...new Set(parts.map(({ listedAt }) => listedAt))].sort((left, right) => left - right);
    this.#recorder.gap(cursor, 'partial', times.length);
    const sources = [...new Set(parts.map(({ source }) => source))];
    const isNew = sources.some((source) => !this.#reportedParts.has(`${cursor} ${source}`));
    for (const source of sources) this.#reportedParts.add(`${cursor} ${source}`);
    const fields = {
      ...place,
      reader: cursor,
      samples: times.length,
      documents: sources,
      times: times.map(timeText),
    };
    const message =
      'parts of samples are lost: documents of them, or of the sample before, did not come whole or in time';
    if (isNew) this.#logger.warn(fields, message);
    else this.#logger.info(fields, message);
  }
}

function timeText(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}
