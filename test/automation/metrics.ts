import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { OtlpBatchExporter } from '../../src/index.ts';
import type { Configuration } from './configuration.ts';
import type { ServerStatus } from './report/pages.ts';
import type { ReportResult } from './review/review-system.ts';
import type { Run, Verdict } from './run.ts';

/** What the server tells of itself, by the exporter of the product. */
export class AutomationMetrics {
  readonly #provider: MeterProvider;
  readonly #runs;
  readonly #duration;

  constructor(telemetry: Configuration['telemetry']) {
    const readers =
      telemetry === undefined
        ? []
        : [
            new PeriodicExportingMetricReader({
              exporter: new OtlpBatchExporter({ endpoint: telemetry.endpoint }),
              exportIntervalMillis: telemetry.interval,
              exportTimeoutMillis: telemetry.interval,
            }),
          ];
    this.#provider = new MeterProvider({ readers });
    const meter = this.#provider.getMeter('otel-powervm-automation');
    this.#runs = meter.createCounter('automation.runs', { unit: '{run}', description: 'Runs that ended, by outcome' });
    this.#duration = meter.createHistogram('automation.run.duration', {
      unit: 's',
      description: 'From the start of a run to its verdict',
    });
  }

  /** @param status asked at every export */
  observe(status: () => ServerStatus): void {
    const meter = this.#provider.getMeter('otel-powervm-automation');
    const waiting = meter.createObservableGauge('automation.queue.size', {
      unit: '{run}',
      description: 'Runs that wait',
    });
    waiting.addCallback((result) => result.observe(status().queued.length));
    const connected = meter.createObservableGauge('automation.connected', {
      unit: '1',
      description: '1 while events are heard',
    });
    connected.addCallback((result) => {
      for (const [system, isConnected] of Object.entries(status().connections))
        result.observe(isConnected ? 1 : 0, { system });
    });
  }

  ended({ change, startedAt, endedAt }: Run, { outcome }: Verdict, result: ReportResult): void {
    const attributes = { system: change.system, outcome, result };
    this.#runs.add(1, attributes);
    if (startedAt !== undefined && endedAt !== undefined)
      this.#duration.record((endedAt - startedAt) / 1000, attributes);
  }

  async shutdown(): Promise<void> {
    await this.#provider.shutdown();
  }
}
