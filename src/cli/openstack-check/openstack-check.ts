import { systemClock } from '../../base/clock/clock.ts';
import { PowerVmError } from '../../base/errors/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { CeilometerExporter, type CeilometerSample } from '../../ceilometer/index.ts';
import {
  type CollectorConfig,
  createBatchExporter,
  createExtensions,
  type Extension,
  loadConfig,
  openStackExtension,
} from '../../collector/index.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../metrics/index.ts';
import type { Instance } from '../../openstack/index.ts';
import { linesOf, summary } from '../checks/check-lines.ts';
import type { CheckResult } from '../checks/check-result.ts';
import { checkComponents } from '../checks/components.ts';
import { type ConfigurationArguments, configurationFiles } from '../configuration-files.ts';
import { openConfigured } from '../connection/configured-connection.ts';
import { isSelected } from '../connection/connection.ts';
import { refreshOnce, reportFailures } from '../connection/single-refresh.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-code.ts';
import { type OutputFormat, outputFormat, reportError, type Terminal } from '../terminal/terminal.ts';
import { matchesOf, type PartitionMatch } from './matches.ts';
import { matchTable, sampleTable, unmatchedText } from './tables.ts';

export interface OpenStackCheckArguments extends ConfigurationArguments {
  readonly receiver?: string;
  /** UUID or name of the instance whose samples are shown. */
  readonly instance?: string;
  readonly format?: OutputFormat;
}

interface Matching {
  readonly partitions: readonly PartitionMatch[];
  readonly unmatched: readonly Instance[];
  readonly samples: readonly CeilometerSample[];
}

/**
 * A dry run of the way into a cloud: Keystone, Nova, broker and Gnocchi are asked as `doctor` does, the consoles are read
 * once, and what would be sent is shown. Nothing is sent, made or declared.
 */
export async function openstackCheck(options: OpenStackCheckArguments, terminal: Terminal): Promise<ExitCode> {
  const config = loadConfig(configurationFiles(options), terminal.environment);
  if (!config.service.extensions.some(isOpenStack)) {
    const message = 'no openstack extension is in service.extensions: no partition is looked up in Nova';
    throw new PowerVmError('POWERVM_USAGE', message);
  }
  const isTable = outputFormat(options.format, terminal) === 'table';
  const checks: CheckResult[] = [];
  for await (const result of checkComponents(config, isOfCloud)) {
    checks.push(result);
    if (isTable) for (const line of linesOf(result, terminal)) terminal.print(line);
  }
  const failures = checks.filter(({ status }) => status === 'failed').length;
  const connection = await openConfigured(config, options.receiver);
  const reading = await refreshOnce(connection, terminal, true);
  const consoles = reportFailures(reading, reading.frames.length > 0, terminal);
  const found = await matching(config, reading.frames, options);
  if (isTable) printTables(found, failures, checks, terminal);
  else terminal.print(JSON.stringify({ healthy: failures === 0, checks, ...asJson(found) }));
  if (failures > 0) return exitCodes.failed;
  if (options.instance !== undefined && found.samples.length === 0) {
    const message = `no partition is the instance ${options.instance}, or the reading brought nothing of it`;
    return reportError(terminal, new PowerVmError('POWERVM_UNKNOWN_PARTITION', message));
  }
  return consoles;
}

const isOpenStack = (id: string) => /^openstack(\/|$)/.test(id);
const isCeilometer = (id: string) => /^ceilometer(\/|$)/.test(id);
const isOfCloud = (id: string) => isOpenStack(id) || isCeilometer(id);

async function matching(
  config: CollectorConfig,
  frames: readonly FrameActivity[],
  { instance: wanted, receiver }: OpenStackCheckArguments,
): Promise<Matching> {
  const extensions = createExtensions(config, {});
  try {
    const [id = ''] = Object.keys(config.receivers);
    const cloud = openStackExtension(extensions, config.receivers[receiver ?? id]?.openstack);
    const directory = cloud?.instances;
    if (!cloud || !directory) return { partitions: [], unmatched: [], samples: [] };
    // Resolves with the first answer of Nova.
    await cloud.start({ receivers: new Map(), statistics: () => new Map(), isReady: false });
    const { partitions, unmatched } = matchesOf(frames, directory);
    const shown = partitions.find(({ instance }) => instance && isSelected(wanted, [instance.id, instance.name]));
    const samples = shown?.instance ? await samplesOf(shown.instance, frames, config, extensions) : [];
    return { partitions, unmatched, samples };
  } finally {
    await Promise.all([...extensions.values()].map((extension) => extension.shutdown().catch(() => undefined)));
  }
}

/** What the first Ceilometer exporter of the file would make of the reading for one instance. */
async function samplesOf(
  { id }: Instance,
  frames: readonly FrameActivity[],
  config: CollectorConfig,
  extensions: ReadonlyMap<string, Extension>,
): Promise<readonly CeilometerSample[]> {
  const [entry] = Object.entries(config.exporters).filter(([exporterId]) => isCeilometer(exporterId));
  if (!entry) return [];
  const context = { id: entry[0], clock: systemClock, logger: silentLogger, print: () => undefined, extensions };
  const exporter = createBatchExporter(entry[1], context);
  try {
    if (!(exporter instanceof CeilometerExporter)) return [];
    const samples = exporter.preview(resourceMetricsOf(frames, metricView({})));
    return samples.filter(({ resource_metadata }) => resource_metadata.instance_id === id);
  } finally {
    await exporter.shutdown();
  }
}

function printTables(found: Matching, failures: number, checks: readonly CheckResult[], terminal: Terminal): void {
  const { partitions, unmatched, samples } = found;
  if (partitions.length > 0) terminal.print(`\n${matchTable(partitions, terminal)}`);
  const text = unmatchedText(unmatched);
  if (text !== undefined) terminal.print(`\n${text}`);
  if (samples.length > 0) terminal.print(`\n${sampleTable(samples, terminal)}`);
  terminal.print(summary(failures, checks.filter(({ status }) => status === 'warning').length));
}

function asJson({ partitions, unmatched, samples }: Matching) {
  return {
    partitions: partitions.map(({ instance, ...partition }) => ({ ...partition, instance: instance?.id })),
    instances_without_partition: unmatched.map(({ id, name, host }) => ({ id, name, host })),
    samples,
  };
}
