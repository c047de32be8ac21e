export type { PointAttributes } from './attributes/attribute-cache.ts';
export { descriptiveAttributes, identityOf } from './attributes/entity-identity.ts';
export { listMetrics, type MetricInformation } from './catalog/index.ts';
export { catalogAsJson, catalogAsMarkdown } from './catalog-text.ts';
export type { EntityType, MetricKind } from './definition.ts';
export {
  type InstrumentOptions,
  type InstrumentSource,
  powerVmReaderOptions,
  registerPowerVmInstruments,
} from './instruments.ts';
export { type ExactPoint, exactValueOf } from './points/exact-value.ts';
export type { DetailedPoint } from './points/points.ts';
export {
  type MetricProducerSource,
  PowerVmMetricProducer,
  type PowerVmMetricProducerOptions,
} from './powervm-metric-producer.ts';
export { withGaugeDelta } from './resources/gauge-delta.ts';
export { type DetailedResourceMetrics, resourceMetricsOf, selfMetricsOf } from './resources/resource-metrics.ts';
export {
  type AttributesFromNames,
  type MetricOptions,
  type MetricView,
  metricRules,
  metricView,
} from './selection/selection.ts';
export type { SeriesShortage } from './selection/series-budget.ts';
export type {
  CloudStatistics,
  ExporterStatistics,
  FleetStatistics,
  PointStatistics,
  ProcessStatistics,
  SelfStatistics,
} from './self-statistics.ts';
