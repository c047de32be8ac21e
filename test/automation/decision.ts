import { type ChangeSnapshot, changeKey, type Reason } from './change.ts';
import { isFinished, type Run } from './run.ts';

export interface DecisionInput {
  readonly snapshot: ChangeSnapshot;
  /** Every run that is remembered. */
  readonly runs: readonly Run[];
  /** What happened before is no one's business: when this server was first started, milliseconds since 1970. */
  readonly since: number;
  readonly recheck: RegExp;
}

export interface Decision {
  readonly reason: Reason | undefined;
  /** Runs that no one needs any more. */
  readonly superseded: readonly Run[];
}

/**
 * What a change needs, given what it has had. It looks at the state of the change and not at events, so that an event
 * that was lost, came twice or came late makes no difference.
 */
export function decide({ snapshot, runs, since, recheck }: DecisionInput): Decision {
  const { change, isOpen } = snapshot;
  const ours = runs.filter((run) => changeKey(run.change) === changeKey(change));
  const superseded = ours.filter((run) => !isFinished(run) && (!isOpen || run.change.revision !== change.revision));
  if (!isOpen) return { reason: undefined, superseded };
  const ofRevision = ours.filter((run) => run.change.revision === change.revision && run.state !== 'superseded');
  return { reason: reasonFor(snapshot, ofRevision, ours, since, recheck), superseded };
}

function reasonFor(
  { uploadedAt, comments }: ChangeSnapshot,
  ofRevision: readonly Run[],
  ofChange: readonly Run[],
  since: number,
  recheck: RegExp,
): Reason | undefined {
  const answered = new Set(ofChange.flatMap(({ reason }) => (reason.kind === 'recheck' ? reason.comments : [])));
  const wishes = comments
    .filter((comment) => comment.isCurrent && !comment.isOurs && comment.at >= since)
    .filter((comment) => !answered.has(comment.id) && asksForRecheck(comment.text, recheck));
  if (wishes.length > 0) return { kind: 'recheck', comments: wishes.map(({ id }) => id) };
  return ofRevision.length === 0 && uploadedAt >= since ? { kind: 'uploaded' } : undefined;
}

/** Gerrit puts `Patch Set 2:` and the votes in front of what someone wrote. */
function asksForRecheck(text: string, recheck: RegExp): boolean {
  const [first = ''] = text
    .replace(/^Patch Set \d+:[^\n]*\n+(\(\d+ comments?\)\n+)?/, '')
    .trim()
    .split('\n');
  return recheck.test(first.trim());
}
