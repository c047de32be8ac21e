/** What came of trying one thing that a part depends on: where samples go, a cloud, a directory. */
export interface ProbeResult {
  /** `publisher file:///var/lib/x.jsonl`; undefined when it is the part as a whole. */
  readonly subject?: string | undefined;
  /** What was seen; with an error what did not work is in the error. */
  readonly text: string;
  readonly error?: unknown;
  /** What to do although it works. */
  readonly remark?: string | undefined;
}

/**
 * A part that can be tried out before anything is delivered. A probe changes nothing at the other side: it declares no
 * queue, creates no archive policy, and sends no sample.
 */
export interface Probed {
  /** Never rejects for what it examines: that is a result. */
  probe(): Promise<readonly ProbeResult[]>;
}
