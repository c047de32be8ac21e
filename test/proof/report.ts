import type { Verdict } from './zero-gap.ts';

/** Everything that is wrong with a run; nothing when it proves what it should. */
export function problemsOf({ exporters, requestLog, violations, strayOutput, kills }: Verdict): readonly string[] {
  const of = (problem: boolean, text: string) => (problem ? [text] : []);
  return [
    ...Object.entries(exporters).flatMap(([name, { unexplained, contradictions, broken }]) =>
      [...unexplained, ...contradictions, ...broken].map((text) => `exporter ${name}: ${text}`),
    ),
    ...violations.map((text) => `the sink: ${text}`),
    ...strayOutput.map((text) => `not a log line: ${text}`),
    // A kill inside the exchange of a logon is the one named exception.
    ...of(requestLog.mostSessions > 1 + kills, `${requestLog.mostSessions} sessions at once`),
    ...of(requestLog.mostAtOnce > 2, `${requestLog.mostAtOnce} requests at once`),
    ...of(requestLog.sessions.refused > 0, `${requestLog.sessions.refused} logons refused`),
    ...of(requestLog.sessions.active > 0, `${requestLog.sessions.active} sessions left`),
    ...of(requestLog.mostInMinuteOfReboot > 20, `${requestLog.mostInMinuteOfReboot} requests in a minute of a reboot`),
  ];
}

/** One line of a table. */
export function summaryOf(verdict: Verdict): string {
  const { seed, kills, reboots, outages, fullDisks, exporters, requestLog } = verdict;
  const { a, b } = exporters;
  const cells = [
    seed,
    kills,
    reboots,
    outages,
    fullDisks,
    a.points + b.points,
    a.repeated + b.repeated,
    a.purged + b.purged,
    requestLog.mostSessions,
    requestLog.mostAtOnce,
    requestLog.mostInMinuteOfReboot,
    problemsOf(verdict).length,
  ];
  return `| ${cells.join(' | ')} |`;
}
