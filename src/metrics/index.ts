export { listMetrics, type MetricInformation } from './catalog/index.ts';
export { catalogAsJson, catalogAsMarkdown } from './catalog-text.ts';
export type { EntityType, MetricKind, PointAttributes } from './definition.ts';
export { descriptiveAttributes, identityOf } from './entity-identity.ts';
export { type ExactPoint, exactValueOf } from './exact-value.ts';
export { withGaugeDelta } from './gauge-delta.ts';
export {
  type InstrumentOptions,
  type InstrumentSource,
  powerVmReaderOptions,
  registerPowerVmInstruments,
} from './instruments.ts';
export type { DetailedPoint } from './points.ts';
export {
  type MetricProducerSource,
  PowerVmMetricProducer,
  type PowerVmMetricProducerOptions,
} from './powervm-metric-producer.ts';
export { type DetailedResourceMetrics, resourceMetricsOf, selfMetricsOf } from './resource-metrics.ts';
export { type AttributesFromNames, type MetricOptions, type MetricView, metricRules, metricView } from './selection.ts';
export type {
  CloudStatistics,
  ExporterStatistics,
  FleetStatistics,
  PointStatistics,
  ProcessStatistics,
  SelfStatistics,
} from './self-statistics.ts';
export type { SeriesShortage } from './series-budget.ts';
