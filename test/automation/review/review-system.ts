import type { ChangeSnapshot } from '../change.ts';
import type { Run } from '../run.ts';

/** What a run ended with, in the words of whoever reads the change. */
export interface Report {
  readonly text: string;
  /** No vote where the change was not judged. */
  readonly vote: 1 | -1 | undefined;
}

/** Where the code of a change is fetched from. */
export interface GitRemote {
  readonly url: string;
  /** Sent along, for what is not public. */
  readonly authorization: string | undefined;
}

export type ReportResult = 'reported' | 'outdated';

/** A place where people review changes. */
export interface ReviewSystem {
  readonly name: 'gerrit' | 'github';
  /** Whether it tells us of events just now. */
  readonly isConnected: boolean;
  /** Listens until the signal aborts. What it hears is a hint that a change is worth a look, and may come twice. */
  listen(onHint: (id: string) => void, onConnected: () => void, signal: AbortSignal): Promise<void>;
  /** `undefined`: there is no such change, or not in our projects and branches. */
  snapshot(id: string): Promise<ChangeSnapshot | undefined>;
  /** Of every open change that something happened to since `time` (milliseconds since 1970), oldest first. */
  touchedSince(time: number): Promise<readonly ChangeSnapshot[]>;
  remote(project: string): GitRemote;
  /** What {@link snapshot} takes. */
  idOf(run: Run): string;
  /**
   * Votes and comments, unless the comment of this very run is there already (the server may have died after it was
   * sent), or a newer patch set is.
   * @throws when it could not be done and may be later
   */
  report(run: Run, report: Report): Promise<ReportResult>;
}
