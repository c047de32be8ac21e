import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import { type MetricView, resourceMetricsOf } from '../../metrics/index.ts';
import { PowerVmReceiver, type PowerVmReceiverOptions } from '../../receiver/index.ts';
import { type ConsoleClient, explainedFeedError, type ManagedSystem } from '../../rest/index.ts';
import { type CheckResult, failed, passed, warning } from '../checks/check-result.ts';

/** PCM takes a sample every 30 s; a newest one that is older than this says that something is wrong. */
const OLDEST_NEWEST = 180;
const EXPECTED_SPACING_S = 30;
/** Samples that are looked at for their spacing. */
const INSPECTED_ENTRIES = 10;

/** What the console monitors of each system, and whether the VIOSes talk to it. */
export async function* checkMonitoring(
  client: ConsoleClient,
  systems: readonly ManagedSystem[],
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const limits = await client.pcmLimits(signal).catch(() => undefined);
  if (limits?.maximumLongTermMonitors !== undefined) {
    const { longTermMonitors, maximumLongTermMonitors } = limits;
    yield passed(
      'PCM limit',
      `monitored systems: ${longTermMonitors} of the ${maximumLongTermMonitors} that the console allows`,
    );
  }
  for (const system of systems) {
    yield await checkPreferences(client, system, signal);
    yield* checkVioses(client, system, signal);
    yield* checkFeed(client, system, signal);
  }
}

async function checkPreferences(
  client: ConsoleClient,
  { id, name }: ManagedSystem,
  signal: AbortSignal,
): Promise<CheckResult> {
  const check = `PCM of ${name}`;
  try {
    const preferences = await client.pcmPreferences(id, signal);
    const flags = [
      `long-term ${word(preferences.longTermMonitor)}`,
      `aggregation ${word(preferences.aggregation)}`,
      `energy ${word(preferences.energyMonitor)}`,
    ].join(', ');
    if (preferences.longTermMonitor === false && preferences.computeLongTermMonitor !== true) {
      const error = new PowerVmError('POWERVM_PCM_DISABLED', `${name}: monitoring is off (${flags})`);
      return failed(check, error, `otel-powervm enable-pcm --system ${name} shows what would be switched on.`);
    }
    if (preferences.longTermMonitor === false) {
      const remedy = 'Switch full long-term monitoring on to see network and storage.';
      return warning(check, `compute-only monitoring: no network and no storage (${flags})`, remedy);
    }
    return passed(check, flags);
  } catch (error) {
    return failed(check, error);
  }
}

async function* checkVioses(
  client: ConsoleClient,
  { id, name }: ManagedSystem,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  try {
    const vioses = await client.vioses(id, signal);
    const silent = vioses.filter(({ state, rmcState }) => state === 'running' && rmcState !== 'active');
    if (silent.length > 0) {
      const names = silent.map(({ name: vios, rmcState }) => `${vios} (RMC ${rmcState ?? 'unknown'})`).join(', ');
      const remedy =
        'On the VIOS: check the network to the console and port 657, then /usr/sbin/rsct/bin/rmcctrl -z and -A, -p.';
      yield warning(`VIOSes of ${name}`, `running without RMC: ${names}; what they serve is not measured`, remedy);
    } else if (vioses.length > 0) {
      yield passed(`VIOSes of ${name}`, `${vioses.map((vios) => vios.name).join(', ')}: RMC active, or not running`);
    }
  } catch (error) {
    const remedy =
      'Metrics come without the list; names and states of VIOSes stay unknown. Look on the VIOS that the console names.';
    yield warning(`VIOSes of ${name}`, `the console cannot list them: ${describeError(error)}`, remedy);
  }
}

async function* checkFeed(
  client: ConsoleClient,
  { id, name }: ManagedSystem,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const check = `samples of ${name}`;
  try {
    const times = (await client.longTermMonitorFeed(id, undefined, signal))
      .filter(({ category }) => category === 'phyp')
      .map(({ listedAt }) => listedAt / 1000);
    const newest = times.at(-1);
    if (newest === undefined) {
      yield failed(check, new PowerVmError('POWERVM_PCM_NO_SAMPLE', `PCM has no sample of ${name}`));
      return;
    }
    const age = Math.round(Date.now() / 1000 - newest);
    const spacing = median(
      times
        .slice(-INSPECTED_ENTRIES)
        .flatMap((time, index, all) => (index === 0 ? [] : [time - (all[index - 1] ?? time)])),
    );
    const text = `${times.length} in the feed, the newest ${age} s old, one every ${spacing ?? '?'} s`;
    if (Math.abs(age) > OLDEST_NEWEST) {
      const error = new PowerVmError('POWERVM_PCM_NO_SAMPLE', `${text}: it should be less than a minute old`);
      yield failed(
        check,
        error,
        'Check the clock of the console first; then whether the system is operating and monitored.',
      );
    } else if (spacing !== undefined && Math.abs(spacing - EXPECTED_SPACING_S) > 2) {
      yield warning(check, text, 'PCM takes one every 30 s; a console under heavy load leaves some out.');
    } else {
      yield passed(check, text);
    }
  } catch (error) {
    yield failed(check, await explainedFeedError(error, client, { id, name }, signal));
  }
}

/** Reads everything once, as the collector would, and says what that brings and costs. */
export async function* checkReading(
  options: PowerVmReceiverOptions,
  view: MetricView,
  signal: AbortSignal,
): AsyncGenerator<CheckResult> {
  const receiver = new PowerVmReceiver(options);
  const { frames, failures } = await receiver.refresh({ withInventory: false, signal });
  // The session is the doctor's, and is ended by it.
  for (const { system, error } of failures) yield failed(`documents of ${system?.name ?? 'the console'}`, error);
  for (const { documentErrors } of receiver.statistics().systems) {
    for (const { document, errorType, count } of documentErrors) {
      const remedy = 'One costs only itself. If it lasts, report it with the release of the console.';
      yield warning('documents', `${count} of kind ${document} could not be used in full: ${errorType}`, remedy);
    }
  }
  if (frames.length === 0) return;
  yield passed(
    'documents',
    `read, with ${partitionsOf(frames)} partitions on ${frames.map(({ system }) => system.description.name).join(', ')}`,
  );
  yield estimate(frames, view, options.collectionInterval ?? 30_000);
}

function estimate(frames: readonly FrameActivity[], view: MetricView, interval: number): CheckResult {
  const points = resourceMetricsOf(frames, view).reduce(
    (sum, { scopeMetrics }) =>
      sum +
      scopeMetrics.reduce(
        (inner, { metrics }) => inner + metrics.reduce((all, { dataPoints }) => all + dataPoints.length, 0),
        0,
      ),
    0,
  );
  const perMinute = 60_000 / interval;
  // Feed, phyp and one document for each VIOS; energy is a feed and a document more.
  const requests = frames.reduce(
    (sum, { sample, system }) => sum + 2 + sample.vioses.size + (system.energy === undefined ? 0 : 2),
    0,
  );
  return passed(
    'estimate',
    `about ${points} series, ${Math.round(points * perMinute)} points and ${Math.round(requests * perMinute)} requests a minute`,
  );
}

function partitionsOf(frames: readonly FrameActivity[]): number {
  return frames.reduce((sum, { partitions }) => sum + partitions.length, 0);
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
}

function word(flag: boolean | undefined): string {
  return flag === undefined ? 'not reported' : flag ? 'on' : 'off';
}
