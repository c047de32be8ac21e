import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { type BatchExporter, type CollectorConfig, createBatchExporter } from '../../collector/index.ts';
import { metricView, selfMetricsOf } from '../../metrics/index.ts';
import { type Finding, failed, passed } from './finding.ts';

/** What each exporter of a configuration says to an empty request, and to one with a single point about this program. */
export async function* examineExporters(config: CollectorConfig): AsyncGenerator<Finding> {
  for (const [id, settings] of Object.entries(config.exporters)) {
    const check = `exporter ${id}`;
    let exporter: BatchExporter | undefined;
    try {
      exporter = createBatchExporter(settings, {
        id,
        clock: systemClock,
        logger: silentLogger,
        print: () => undefined,
        extensions: new Map(),
      });
      await exporter.start?.();
      await exporter.exportBatch([]);
      await exporter.exportBatch(onePoint());
      yield passed(check, 'takes an empty request and one with a point');
    } catch (error) {
      yield failed(check, error);
    } finally {
      await exporter?.shutdown().catch(() => undefined);
    }
  }
}

/** How long this program has been running: a point that does no harm wherever it ends up. */
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
    scopeMetrics: resource.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.filter(({ descriptor }) => descriptor.name === 'otelcol_process_uptime'),
    })),
  }));
}
