import type { FrameActivity } from '../../inspector/index.ts';
import type { SelfStatistics } from '../../metrics/index.ts';
import type { GapCause } from '../../receiver/index.ts';
import type { StatusSources } from './report.ts';
import type { Trouble } from './status-model.ts';

/** Four samples of PCM. */
const STALE_AFTER_SECONDS = 120;
/** A clock that is further off than this puts samples where nobody looks for them. */
const SKEW_SECONDS = 60;

/** What is wrong, or was within the last half hour, in plain words, the worst first. */
export function troublesOf({ frames, statistics, recent }: StatusSources): readonly Trouble[] {
  const troubles = [...statistics.values()].flatMap(({ receiver, exporters = [] }) => [
    ...receiver.consoles.flatMap(consoleTroubles),
    ...receiver.systems.flatMap((system) => systemTroubles(system, frames, recent)),
    ...exporters.flatMap((exporter) => exporterTroubles(exporter, recent)),
  ]);
  const all = [...troubles, ...frames.flatMap(frameTroubles)];
  return [...all.filter(({ severity }) => severity === 'error'), ...all.filter(({ severity }) => severity !== 'error')];
}

type Receiver = SelfStatistics['receiver'];

function consoleTroubles({ address, up, clockSkew }: Receiver['consoles'][number]): readonly Trouble[] {
  return [
    ...when(up === false, 'error', `The console ${address} does not answer.`),
    ...when(
      Math.abs(clockSkew ?? 0) > SKEW_SECONDS,
      'warning',
      `The clock of ${address} differs from ours by ${Math.round(clockSkew ?? 0)} s: samples carry its time.`,
    ),
  ];
}

function systemTroubles(
  { systemId, sampleAge, gaps, documentErrors }: Receiver['systems'][number],
  frames: readonly FrameActivity[],
  recent: StatusSources['recent'],
): readonly Trouble[] {
  const name = frames.find(({ system }) => system.description.id === systemId)?.system.description.name ?? systemId;
  return [
    ...when(
      sampleAge !== undefined && sampleAge > STALE_AFTER_SECONDS,
      'error',
      `No sample of ${name} for ${Math.round((sampleAge ?? 0) / 60)} minutes.`,
    ),
    ...gaps.flatMap(({ cursor, cause, count }) => {
      const lost = recent(`gap ${systemId} ${cursor} ${cause}`, count);
      return when(lost > 0, 'warning', `${lost} samples of ${name} are missing at ${cursor}: ${gapWords[cause]}.`);
    }),
    // A feed that cannot be read is the console's trouble, and told as that.
    ...documentErrors
      .filter(({ document }) => document !== 'feed')
      .flatMap(({ document, errorType, count }) => {
        const bad = recent(`document ${systemId} ${document} ${errorType}`, count);
        return when(bad > 0, 'warning', `${bad} documents (${document}) of ${name} could not be used: ${errorType}.`);
      }),
  ];
}

const gapWords: Readonly<Record<GapCause, string>> = {
  collector_down: 'the collector was not running',
  console_down: 'the console did not answer',
  exporter_down: 'the destination did not take them',
  purged: 'PCM had thrown them away',
  pcm_disabled: 'monitoring was off',
  pcm_error: 'PCM had none',
};

function exporterTroubles(
  { name, failedPoints }: NonNullable<SelfStatistics['exporters']>[number],
  recent: StatusSources['recent'],
): readonly Trouble[] {
  const refused = recent(`refused ${name}`, failedPoints);
  return when(refused > 0, 'warning', `${name} has refused ${refused} points for good; the log has the reason.`);
}

function frameTroubles({ system, partitions }: FrameActivity): readonly Trouble[] {
  return partitions.flatMap(({ type, name, state, vios }) => {
    const isRunning = state?.toLowerCase() === 'running';
    const isSilent = type === 'vios' && isRunning && vios?.memory.usage === undefined;
    const frame = system.description.name ?? system.description.id;
    return when(isSilent, 'warning', `The VIOS ${name} of ${frame} runs and does not report: is its RMC active?`);
  });
}

function when(condition: boolean, severity: Trouble['severity'], text: string): readonly Trouble[] {
  return condition ? [{ severity, text }] : [];
}
