import { clockOffsetWords } from '../../base/clock/timestamp.ts';
import type { Condition } from '../../base/condition.ts';
import { type ErrorCode, errorCatalog } from '../../base/errors/error-catalog.ts';
import { counted } from '../../base/text/counts.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import type { GapCause } from '../../receiver/index.ts';
import type { Issue } from './status-model.ts';
import type { StatusSources } from './status-sources.ts';

/** A clock that is further off than this puts samples where no one looks for them. */
const SKEW_SECONDS = 60;

/**
 * Errors of documents that are no issue of their own. Most are of questions that are put again, and a document that never
 * comes is counted as `GIVEN_UP` as well; what was thrown away before a reader had it is counted as its gap.
 */
const UNREPORTED_ERRORS: ReadonlySet<string> = new Set<ErrorCode | 'PURGED'>([
  'PURGED',
  'POWERVM_CONSOLE_UNREACHABLE',
  'POWERVM_CONSOLE_BUSY',
  'POWERVM_SESSION_LOST',
]);

/** What is wrong, or was within the last half hour, in plain words, the worst first. */
export function issuesOf({ frames, statistics, recent }: StatusSources): readonly Issue[] {
  const issues = [...statistics.values()].flatMap(({ receiver, exporters = [], extensions = [] }) => [
    ...receiver.consoles.flatMap(consoleIssues),
    ...receiver.systems.flatMap((system) => systemIssues(system, receiver.consoles, frames, recent)),
    ...exporters.flatMap((exporter) => exporterIssues(exporter, recent)),
    ...extensions.flatMap(({ name, condition }) =>
      conditionIssues(condition, `What ${name} depends on has not worked`),
    ),
  ]);
  // Exporters and extensions may serve several receivers, and are reported once.
  const seen = new Set<string>();
  const once = issues.filter(({ text }) => !seen.has(text) && seen.add(text));
  const all = [...once, ...frames.flatMap(systemActivityIssues)];
  return [...all.filter(({ severity }) => severity === 'error'), ...all.filter(({ severity }) => severity !== 'error')];
}

type Receiver = SelfStatistics['receiver'];

function consoleIssues({ address, condition, clockSkew }: Receiver['consoles'][number]): readonly Issue[] {
  return [
    ...conditionIssues(
      condition,
      condition?.state === 'refused'
        ? `The console ${address} refused the logon and has not been asked`
        : `The console ${address} has not worked`,
    ),
    ...when(
      Math.abs(clockSkew ?? 0) > SKEW_SECONDS,
      'warning',
      `The clock of ${address} is ${clockOffsetWords(Math.round(clockSkew ?? 0))} ours: samples carry its time.`,
    ),
  ];
}

/** What does not work, for how long, why, and what to do about it. */
function conditionIssues(condition: Condition | undefined, what: string): readonly Issue[] {
  if (!condition || condition.state === 'working') return [];
  const { seconds, reason, remedy } = condition;
  const text = [`${what} for ${duration(seconds)}: ${sentence(reason ?? 'the reason is not known')}`, remedy];
  return [{ severity: 'error', text: text.filter((part) => part !== undefined).join(' ') }];
}

function duration(seconds: number): string {
  if (seconds < 90) return counted(Math.max(1, Math.round(seconds)), 'second');
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function systemIssues(
  { systemId, name: known, sampleAge, staleAfter, condition, gaps, documentErrors }: Receiver['systems'][number],
  consoles: Receiver['consoles'],
  frames: readonly FrameActivity[],
  recent: StatusSources['recent'],
): readonly Issue[] {
  const name =
    frames.find(({ system }) => system.description.id === systemId)?.system.description.name ?? known ?? systemId;
  // A problem of a console is not repeated for every system behind it.
  const isConsoleReported = consoles.some(
    ({ condition: console }) => console?.reason !== undefined && console.reason === condition?.reason,
  );
  const unread = isConsoleReported ? [] : conditionIssues(condition, `${name} could not be read`);
  return [
    ...unread,
    ...when(
      !isConsoleReported && unread.length === 0 && sampleAge !== undefined && sampleAge > staleAfter,
      'error',
      `No sample of ${name} for ${Math.round((sampleAge ?? 0) / 60)} minutes.`,
    ),
    ...gaps.flatMap(({ cursor, cause, count }) => {
      const lost = recent(`gap ${systemId} ${cursor} ${cause}`, count);
      const what = cause === 'partial' ? 'incomplete' : 'missing';
      const are = lost === 1 ? 'is' : 'are';
      return when(
        lost > 0,
        'warning',
        `${counted(lost, 'sample')} of ${name} ${are} ${what} at ${cursor}: ${gapWords[cause]}.`,
      );
    }),
    // An unreadable feed is reported above, with its reason.
    ...documentErrors
      .filter(({ document, errorType }) => document !== 'feed' && !UNREPORTED_ERRORS.has(errorType))
      .flatMap(({ document, errorType, count }) => {
        const bad = recent(`document ${systemId} ${document} ${errorType}`, count);
        return when(
          bad > 0,
          'warning',
          `${counted(bad, 'document')} (${document}) of ${name} ${errorWords(errorType)}`,
        );
      }),
  ];
}

const meanings: ReadonlyMap<string, string> = new Map(
  Object.entries(errorCatalog).map(([code, { meaning }]) => [code, meaning]),
);

/** What was the matter with a document, by {@link DocumentErrorCount.errorType}. */
function errorWords(errorType: string): string {
  if (errorType === 'PARTIAL')
    return 'could not be read in full: what is wrong in it is left out, the log has the first part.';
  if (errorType === 'GIVEN_UP') return 'did not come and will not be asked for again: the log has the reason.';
  const [, pcmError] = /^PCM_(.+)$/.exec(errorType) ?? [];
  if (pcmError !== undefined) return `came without what PCM itself could not collect: its error ${pcmError}.`;
  return `could not be used: ${meanings.get(errorType) ?? errorType}`;
}

const gapWords: Readonly<Record<GapCause, string>> = {
  collector_down: 'the collector was not running',
  console_down: 'the console did not answer',
  exporter_down: 'the destination did not take them',
  purged: 'PCM had thrown them away',
  pcm_disabled: 'monitoring was off',
  pcm_error: 'PCM had none',
  document_failed: 'the console did not give their documents whole',
  partial: 'without rates, or without a document that did not come whole or in time',
};

function exporterIssues(
  { name, failedPoints, condition }: NonNullable<SelfStatistics['exporters']>[number],
  recent: StatusSources['recent'],
): readonly Issue[] {
  const refused = recent(`refused ${name}`, failedPoints);
  const away = conditionIssues(condition, `The destination of ${name} has not taken what it got`);
  if (away.length > 0) return away;
  return when(refused > 0, 'warning', `${name} has refused ${refused} points for good; the log has the reason.`);
}

function systemActivityIssues({ system, partitions }: FrameActivity): readonly Issue[] {
  return partitions.flatMap(({ type, name, state, vios }) => {
    const isRunning = state?.toLowerCase() === 'running';
    const isSilent = type === 'vios' && isRunning && vios?.memory.usage === undefined;
    const frame = system.description.name ?? system.description.id;
    return when(isSilent, 'warning', `The VIOS ${name} of ${frame} runs and does not report: is its RMC active?`);
  });
}

function when(condition: boolean, severity: Issue['severity'], text: string): readonly Issue[] {
  return condition ? [{ severity, text }] : [];
}
