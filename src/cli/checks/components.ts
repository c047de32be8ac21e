import { resourceFromAttributes } from '@opentelemetry/resources';
import { systemClock } from '../../base/clock/clock.ts';
import { PowerVmError } from '../../base/errors/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import type { Probed } from '../../base/probe.ts';
import {
  type BatchExporter,
  type CollectorConfig,
  createBatchExporter,
  createExtensions,
  type Extension,
} from '../../collector/index.ts';
import { metricView, selfMetricsOf } from '../../metrics/index.ts';
import { type CheckResult, failed, passed, warning } from './check-result.ts';
import { isHeldByCollector } from './own-server.ts';

/** Milliseconds that one part gets, whatever its own time-outs are: longer than those, which say more. */
const PROBE_TIMEOUT_MS = 45_000;

/**
 * Every extension and every exporter of a configuration: what it depends on is tried, and nothing is left behind.
 * @param isMeant whether an id is; all are by default
 */
export async function* checkComponents(
  config: CollectorConfig,
  isMeant: (id: string) => boolean = () => true,
): AsyncGenerator<CheckResult> {
  const unused = Object.keys(config.extensions).filter((id) => isMeant(id) && !config.service.extensions.includes(id));
  for (const id of unused) {
    yield warning(`extension ${id}`, 'is not used', `Name it in service.extensions, or leave it out.`);
  }
  let extensions: ReadonlyMap<string, Extension>;
  try {
    extensions = createExtensions(config, {});
  } catch (error) {
    yield failed('extensions', error);
    return;
  }
  try {
    const meant = Object.entries(config.exporters).filter(([id]) => isMeant(id));
    const exporters = meant.map(([id, settings]) =>
      checkExporter(`exporter ${id}`, () =>
        createBatchExporter(settings, {
          id,
          clock: systemClock,
          logger: silentLogger,
          print: () => undefined,
          extensions,
        }),
      ),
    );
    // All at once: what several silent ones are waited for does not add up.
    const wanted = [...extensions].filter(([id]) => isMeant(id));
    const examined = [...wanted.map(([id, part]) => checkExtension(`extension ${id}`, part)), ...exporters];
    for (const results of examined.map(allOf)) yield* await results;
  } finally {
    await Promise.all([...extensions.values()].map((extension) => extension.shutdown().catch(() => undefined)));
  }
}

async function allOf(results: AsyncIterable<CheckResult>): Promise<readonly CheckResult[]> {
  const all: CheckResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

async function* checkExtension(check: string, extension: Extension): AsyncGenerator<CheckResult> {
  try {
    if (isProbed(extension)) {
      yield* probed(check, extension);
      return;
    }
    await inTime(extension.start({ receivers: new Map(), statistics: () => new Map(), isReady: false }));
    yield passed(check, 'can listen');
  } catch (error) {
    yield await listening(check, error);
  }
}

async function* checkExporter(check: string, create: () => BatchExporter): AsyncGenerator<CheckResult> {
  let exporter: BatchExporter | undefined;
  try {
    exporter = create();
    if (isProbed(exporter)) {
      yield* probed(check, exporter);
      return;
    }
    await inTime(exporter.start?.() ?? Promise.resolve());
    const sender = exporter.destination ?? exporter;
    await inTime(sender.exportBatch([]));
    await inTime(sender.exportBatch(onePoint()));
    yield passed(check, 'takes an empty request and one with a point');
  } catch (error) {
    yield await listening(check, error);
  } finally {
    await exporter?.shutdown().catch(() => undefined);
  }
}

function isProbed(part: object): part is Probed {
  return 'probe' in part && typeof part.probe === 'function';
}

async function* probed(check: string, part: Probed): AsyncGenerator<CheckResult> {
  for (const { subject, text, error, remark } of await inTime(part.probe())) {
    const words = subject === undefined ? text : `${subject}: ${text}`;
    if (error !== undefined) yield failed(check, error);
    else if (remark !== undefined) yield warning(check, words, remark);
    else yield passed(check, words);
  }
}

/** A port that the running collector holds is in the best of hands. */
async function listening(check: string, error: unknown): Promise<CheckResult> {
  if (error instanceof PowerVmError && error.code === 'POWERVM_LISTEN_FAILED') {
    const { host, port } = error.context;
    if (typeof host === 'string' && typeof port === 'number' && (await isHeldByCollector(host, port))) {
      return passed(check, `a running collector listens on ${host}:${port}`);
    }
  }
  return failed(check, error);
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new PowerVmError('POWERVM_EXPORT_FAILED', `no answer within ${PROBE_TIMEOUT_MS / 1000} s`);
    timer = setTimeout(() => reject(error), PROBE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long this program has been running: under a name of its own, so that it is never taken for the collector's. */
function onePoint() {
  const time = Date.now();
  const statistics = {
    receiver: { time, startTime: time, consoles: [], systems: [] },
    process: {
      residentMemory: process.memoryUsage.rss(),
      cpuSeconds: process.cpuUsage().user / 1e6,
      uptime: process.uptime(),
    },
  };
  return selfMetricsOf(statistics, metricView({})).map((resource) => ({
    ...resource,
    resource: resourceFromAttributes({ 'service.name': 'otel-powervm-doctor' }),
    scopeMetrics: resource.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.filter(({ descriptor }) => descriptor.name === 'otelcol_process_uptime'),
    })),
  }));
}
