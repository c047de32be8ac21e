import {
  AggregationTemporality,
  InstrumentType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

/**
 * An exporter whose gauges have delta temporality, so that the gauge of a removed partition stops instead of being
 * repeated forever. Temporality of gauges is not written into OTLP; the receiver sees ordinary gauges.
 */
export function withGaugeDelta(exporter: PushMetricExporter): PushMetricExporter {
  const wrapper: PushMetricExporter = {
    export: (metrics: ResourceMetrics, callback) => exporter.export(metrics, callback),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) =>
      type === InstrumentType.GAUGE || type === InstrumentType.OBSERVABLE_GAUGE
        ? AggregationTemporality.DELTA
        : (exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE),
  };
  if (exporter.selectAggregation) wrapper.selectAggregation = exporter.selectAggregation.bind(exporter);
  return wrapper;
}
