import type { Run, SuiteResult, Verdict } from '../run.ts';

/** How a comment begins. The word is what tools that collect the results of test systems look for. */
const HEADINGS = {
  success: 'Build succeeded.',
  failure: 'Build failed.',
  undecided: 'Build could not be judged: the test system failed, and not the change. This is no vote.',
} as const;

const RESULTS = { success: 'SUCCESS', failure: 'FAILURE', undecided: 'NOT_TESTED' } as const;

export interface CommentOptions {
  readonly name: string;
  readonly contact: string;
  /** The address of the logs of the run; ends with its id and a slash. */
  readonly logUrl: string;
  readonly attempts: number;
}

/** A comment in the form of OpenStack's third-party systems: a line a job with name, log, result and duration. */
export function commentText(run: Run, verdict: Verdict, { name, contact, logUrl, attempts }: CommentOptions): string {
  const isTriedAgain = verdict.outcome === 'undecided' && verdict.isRetried && run.attempt < attempts;
  return [
    `${HEADINGS[verdict.outcome]} (${name}, non-gating)`,
    '',
    ...verdict.suites.map((suite) => `- ${suite.name} ${logUrl} : ${jobResult(suite)}`),
    ...(verdict.suites.length === 0 ? [`- logs ${logUrl} : ${RESULTS[verdict.outcome]}`] : []),
    ...verdict.remarks.map((remark) => `- ${remark}`),
    '',
    isTriedAgain ? 'It is tried again without being asked.' : 'Leave a comment "recheck" to run it again.',
    ...(contact === '' ? [] : [`Contact: ${contact}`]),
  ].join('\n');
}

function jobResult({ outcome, duration, detail }: SuiteResult): string {
  const minutes = Math.floor(duration / 60);
  const seconds = Math.round(duration % 60);
  const reason = detail === '' ? '' : ` (${detail})`;
  return `${RESULTS[outcome]} in ${minutes}m ${String(seconds).padStart(2, '0')}s${reason} (non-voting)`;
}
