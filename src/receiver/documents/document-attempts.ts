import type { PowerVmError } from '../../base/errors/errors.ts';
import { sourceOfEntry } from '../../pcm/documents/document-kinds.ts';
import type { PcmFeedEntry } from '../../rest/model.ts';

/** In so many readings a document is asked for, several times in each, when newer ones of its source come. */
const READINGS_PER_DOCUMENT = 2;
/** After so many readings without any document of a source it is asked for one only, once. */
const READINGS_UNTIL_SILENT = 3;
/** Names of documents are remembered while PCM lists them, with room for clocks that differ. */
const REMEMBERED = 45 * 60_000;

interface SourceState {
  /** Feed time of the newest document that came. */
  newest: number;
  /** Readings in a row that asked for something and got nothing. */
  failedReadings: number;
  /** Monotonic: it is not asked before, since its last answers did not come in time. */
  notBefore: number;
}

interface Attempts {
  readonly listedAt: number;
  readings: number;
  isAbandoned: boolean;
}

/** How asking for a document ended, where it brought none. */
export interface FailedAttempt {
  readonly entry: PcmFeedEntry;
  /** Undefined: it was not asked for this time. */
  readonly error: PowerVmError | undefined;
  readonly isTooSlow: boolean;
}

/**
 * What is known of the documents of one system that did not come when they were asked for, over all ways through them.
 * A document is given up when newer ones of the same source come and it does not: then it is the document that is
 * broken and not the console. While nothing of a source comes, nothing of it is given up, so that it can be fetched as
 * long as PCM has it.
 */
export class DocumentAttempts {
  readonly #sources = new Map<string, SourceState>();
  /** By file name. */
  readonly #attempts = new Map<string, Attempts>();
  #newest = Number.NEGATIVE_INFINITY;

  /** Whether nothing came of this source lately, so that one question for its newest document is enough. */
  isFailing(source: string): boolean {
    return (this.#sources.get(source)?.failedReadings ?? 0) > 0;
  }

  /** Whether it failed for so long that retrying within seconds is useless. */
  isSilent(source: string): boolean {
    return (this.#sources.get(source)?.failedReadings ?? 0) >= READINGS_UNTIL_SILENT;
  }

  /** Whether the source may be asked now. */
  mayRequest(source: string, now: number): boolean {
    return now >= (this.#sources.get(source)?.notBefore ?? now);
  }

  /** Readings in a row in which the source was asked and gave nothing. */
  failedReadings(source: string): number {
    return this.#sources.get(source)?.failedReadings ?? 0;
  }

  /** Whether it was given up before: then one more question is enough. */
  wasAbandoned({ fileName }: PcmFeedEntry): boolean {
    return this.#attempts.get(fileName)?.isAbandoned === true;
  }

  /** A document of the source came. */
  recordSuccess(entry: PcmFeedEntry): void {
    const state = this.#stateOf(sourceOfEntry(entry));
    state.newest = Math.max(state.newest, entry.listedAt);
    this.#newest = Math.max(this.#newest, entry.listedAt);
    this.#attempts.delete(entry.fileName);
  }

  /**
   * Ends a reading of one source.
   * @param hasCome whether anything of it came in this reading
   * @param failed what did not come, oldest first
   * @param options `isWorking`: whether anything of the system came; `preservesOrder`: whether newer ones wait
   * @returns the documents that are given up
   */
  endReading(
    source: string,
    hasCome: boolean,
    failed: readonly FailedAttempt[],
    {
      isWorking,
      preservesOrder,
      now,
    }: { readonly isWorking: boolean; readonly preservesOrder: boolean; readonly now: number },
  ): readonly FailedAttempt[] {
    const state = this.#stateOf(source);
    const asked = failed.filter(({ error }) => error !== undefined);
    if (hasCome) {
      state.failedReadings = 0;
      state.notBefore = Number.NEGATIVE_INFINITY;
    } else if (asked.length > 0) {
      state.failedReadings += 1;
      state.notBefore = asked.some(({ isTooSlow }) => isTooSlow) ? now + pauseAfter(source, state.failedReadings) : now;
    }
    return failed.filter(({ entry, error }) => {
      const attempts = this.#attempts.get(entry.fileName) ?? {
        listedAt: entry.listedAt,
        readings: 0,
        isAbandoned: false,
      };
      this.#attempts.set(entry.fileName, attempts);
      // Who was not asked for it has not failed to give it.
      if (isWorking && error !== undefined) attempts.readings += 1;
      const isOddOne = state.newest > entry.listedAt && (attempts.readings >= READINGS_PER_DOCUMENT || !preservesOrder);
      const isAbandoned = isOddOne || (attempts.isAbandoned && error !== undefined);
      attempts.isAbandoned ||= isAbandoned;
      return isAbandoned;
    });
  }

  /** Lets go of documents that PCM does not list any more. */
  forgetOld(): void {
    for (const [fileName, { listedAt }] of this.#attempts) {
      if (listedAt < this.#newest - REMEMBERED) this.#attempts.delete(fileName);
    }
  }

  /** Another console, or another time: what was learnt of the old one says nothing. */
  reset(): void {
    this.#sources.clear();
    this.#attempts.clear();
    this.#newest = Number.NEGATIVE_INFINITY;
  }

  #stateOf(source: string): SourceState {
    const state = this.#sources.get(source) ?? {
      newest: Number.NEGATIVE_INFINITY,
      failedReadings: 0,
      notBefore: Number.NEGATIVE_INFINITY,
    };
    this.#sources.set(source, state);
    return state;
  }
}

/** A source that hangs occupies a place of the console each time; the instants of the hypervisor are worth that. */
function pauseAfter(source: string, failedReadings: number): number {
  return source === 'phyp' ? 0 : Math.min(30_000 * 2 ** (failedReadings - 1), 240_000);
}
