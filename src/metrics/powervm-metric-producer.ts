import { resourceFromAttributes } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { checkOptions, fullText, type OptionRules, oneOf } from '../base/options/option-rules.ts';
import type { SampleSource } from '../inspector/views/sample-source.ts';
import type { SampleCursor } from '../receiver/cursors/cursor.ts';
import type { ReceiverStatistics } from '../receiver/statistics/statistics.ts';
import { flatMetricsOf, flatSelfMetricsOf } from './resources/resource-metrics.ts';
import { type MetricOptions, type MetricView, metricRules, viewOf } from './selection/selection.ts';

/** Which metrics a producer has, and whether every sample or the newest. */
export interface PowerVmMetricProducerOptions extends MetricOptions {
  /**
   * `every`: each sample once, with its own time; a second reader needs a producer with another `name`.
   * `latest`: the newest sample of every system at each collection, for readers that want one point per series, such
   * as the Prometheus exporter. Default `every`.
   */
  readonly samples?: 'every' | 'latest';
  /** Name of the cursor, for `every`. Default `metric-producer`. */
  readonly name?: string;
}

const producerRules: OptionRules<PowerVmMetricProducerOptions> = {
  ...metricRules,
  samples: oneOf('every', 'latest'),
  name: fullText,
};

/** What the producer reads; a `PowerVmReceiver` is one. */
export interface MetricProducerSource extends SampleSource {
  cursor(name: string): SampleCursor;
  statistics(): ReceiverStatistics;
}

/**
 * Feeds samples into an SDK reader with their own timestamps, which instruments cannot. The SDK drops the
 * Resource of a producer, so that points carry the identity of their partition themselves (flat form).
 *
 * It never rejects: a rejecting producer would cancel the export of everything else. The SDK says nothing to a producer
 * of failed exports, so a sample is gone when it was collected; the collector's pipelines keep it until it is taken.
 */
export class PowerVmMetricProducer implements MetricProducer {
  readonly #source: MetricProducerSource;
  readonly #view: MetricView;
  readonly #cursor: SampleCursor | undefined;

  /** @throws {ConfigurationError} for an option or a metric that does not exist */
  constructor(source: MetricProducerSource, options: PowerVmMetricProducerOptions = {}) {
    checkOptions('PowerVmMetricProducer', options, producerRules);
    this.#source = source;
    this.#view = viewOf(options);
    this.#cursor = options.samples === 'latest' ? undefined : source.cursor(options.name ?? 'metric-producer');
  }

  async collect(): Promise<CollectionResult> {
    const errors: unknown[] = [];
    const resource = resourceFromAttributes({});
    try {
      const frames = this.#cursor ? this.#cursor.pending() : this.#source.frames();
      const scopeMetrics = flatMetricsOf(frames, this.#view, this.#cursor !== undefined);
      scopeMetrics.metrics.push(...flatSelfMetricsOf({ receiver: this.#source.statistics() }, this.#view));
      for (const frame of this.#cursor ? frames : []) this.#cursor?.acknowledge(frame);
      return { resourceMetrics: { resource, scopeMetrics: [scopeMetrics] }, errors };
    } catch (error) {
      errors.push(error);
      return { resourceMetrics: { resource, scopeMetrics: [] }, errors };
    }
  }
}
