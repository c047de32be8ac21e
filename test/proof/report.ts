import type { Verdict } from './zero-gap.ts';

/** Everything that is wrong with a run; nothing when it proves what it should. */
export function problemsOf({ exporters, book, violations, strayOutput, kills }: Verdict): readonly string[] {
  const of = (problem: boolean, text: string) => (problem ? [text] : []);
  return [
    ...Object.entries(exporters).flatMap(([name, { unexplained, contradictions, broken }]) =>
      [...unexplained, ...contradictions, ...broken].map((text) => `exporter ${name}: ${text}`),
    ),
    ...violations.map((text) => `the sink: ${text}`),
    ...strayOutput.map((text) => `not a log line: ${text}`),
    // A kill inside the exchange of a logon is the one named exception.
    ...of(book.mostSessions > 1 + kills, `${book.mostSessions} sessions at once`),
    ...of(book.mostAtOnce > 2, `${book.mostAtOnce} requests at once`),
    ...of(book.sessions.refused > 0, `${book.sessions.refused} logons refused`),
    ...of(book.sessions.active > 0, `${book.sessions.active} sessions left`),
    ...of(book.mostInMinuteOfReboot > 20, `${book.mostInMinuteOfReboot} requests in a minute of a reboot`),
  ];
}

/** One line of a table. */
export function summaryOf(verdict: Verdict): string {
  const { seed, kills, reboots, outages, fullDisks, exporters, book } = verdict;
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
    book.mostSessions,
    book.mostAtOnce,
    book.mostInMinuteOfReboot,
    problemsOf(verdict).length,
  ];
  return `| ${cells.join(' | ')} |`;
}
