import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusExporter as StockExporter } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../base/clock.ts';
import { checkOptions, clockRule, milliseconds, type OptionRules } from '../base/option-rules.ts';
import { LatestPoints } from './latest-points.ts';

export interface PrometheusPageOptions {
  /** Milliseconds after which a series that brings nothing is not shown any more. Default 120,000: four samples. */
  readonly expiration?: number;
  readonly clock?: Clock;
}

const pageRules: OptionRules<PrometheusPageOptions> = { expiration: milliseconds(), clock: clockRule };

/** Four samples of PCM. */
const DEFAULT_EXPIRATION = 120_000;

/**
 * The newest point of every series as a page for Prometheus, written by OpenTelemetry's own exporter. Points carry no
 * time: Prometheus takes that of the scrape, and notices by itself when a series is gone. What happened between two
 * scrapes is not told, and cannot be told later.
 */
export class PrometheusPage {
  readonly #latest: LatestPoints;
  /** Makes the text; it never listens by itself. */
  readonly #stock: StockExporter;

  /** @throws {ConfigurationError} for an option that cannot be meant */
  constructor(options: PrometheusPageOptions = {}) {
    checkOptions('PrometheusPage', options, pageRules);
    const { expiration = DEFAULT_EXPIRATION, clock = systemClock } = options;
    this.#latest = new LatestPoints(clock, expiration);
    this.#stock = new StockExporter({ preventServerStart: true, withoutScopeInfo: true, withoutTargetInfo: true });
    this.#stock.setMetricProducer(this.#latest);
  }

  add(batch: readonly ResourceMetrics[]): void {
    this.#latest.add(batch);
  }

  /** Answers a scrape. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#stock.getMetricsRequestHandler(request, response);
  }

  async close(): Promise<void> {
    await this.#stock.shutdown();
  }
}
