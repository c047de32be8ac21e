import { type BatchObservableResult, type Meter, type Observable, ValueType } from '@opentelemetry/api';
import type { SampleSource } from '../inspector/sample-source.ts';
import type { ReceiverStatistics } from '../receiver/statistics.ts';
import { NO_ATTRIBUTES } from './attribute-book.ts';
import { listMetrics, type MetricInformation } from './catalog/index.ts';
import type { MetricDefinition, SelectionContext } from './definition.ts';
import { type Identify, identifyPartition, identifyStoragePool, identifySystem } from './flat-identity.ts';
import { finiteValue } from './points.ts';
import { metricsOfPartition } from './resource-metrics.ts';
import { type MetricOptions, metricView } from './selection.ts';

/** What the instruments read; a `PowerVmReceiver` is one, and anything with `frames()`. */
export interface InstrumentSource extends SampleSource {
  statistics?(): ReceiverStatistics;
}

/**
 * Registers the catalog as observable instruments on `meter`, with one callback that reads the newest snapshot,
 * synchronously, partition by partition. Nothing is observed for partitions without fresh data.
 *
 * The SDK stamps these points with the time of collection, and cumulative temporality repeats the last value of a
 * series that has ended: use {@link powerVmReaderOptions} and `withGaugeDelta`, or the metric producer, which has
 * neither limit. Histograms cannot be observed and are left out.
 * @returns takes the callback off again
 * @throws {ConfigurationError} for a metric that does not exist
 */
export function registerPowerVmInstruments(
  meter: Meter,
  source: InstrumentSource,
  options: MetricOptions = {},
): () => void {
  const view = metricView(options, 'registerPowerVmInstruments');
  const instruments = new Map<string, Observable>();
  for (const metric of listMetrics(view.catalog)) {
    const instrument = createInstrument(meter, metric);
    if (instrument) instruments.set(metric.name, instrument);
  }
  const observables = [...instruments.values()];
  const callback = (result: BatchObservableResult) => {
    const observe = observation(result, instruments, view.context);
    const frames = source.frames();
    view.budget?.admit(frames);
    for (const frame of frames) {
      observe(view.catalog.system, frame.system, identifySystem(frame, view));
      for (const partition of frame.partitions) {
        observe(metricsOfPartition(partition, view), partition, identifyPartition(partition, frame, view));
      }
      for (const pool of frame.storagePools) observe(view.catalog.ssp, pool, identifyStoragePool(pool, view));
    }
    const receiver = source.statistics?.();
    if (receiver) observe(view.catalog.receiver, { receiver }, (attributes) => attributes);
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}

/**
 * Options for a reader behind these instruments: the SDK keeps 2,000 series of an instrument and throws all others
 * into one, without a word.
 */
export function powerVmReaderOptions(): { cardinalityLimits: { default: number } } {
  return { cardinalityLimits: { default: Number.POSITIVE_INFINITY } };
}

function createInstrument(meter: Meter, metric: MetricInformation): Observable | undefined {
  const { name, kind, unit, description } = metric;
  const details = { unit, description, valueType: metric.valueType === 'int' ? ValueType.INT : ValueType.DOUBLE };
  switch (kind) {
    case 'counter':
      return meter.createObservableCounter(name, details);
    case 'updowncounter':
      return meter.createObservableUpDownCounter(name, details);
    case 'gauge':
      return meter.createObservableGauge(name, details);
    case 'histogram':
      return undefined;
  }
}

/** Reads every metric of an entity into the result of a collection. */
function observation(
  result: BatchObservableResult,
  instruments: ReadonlyMap<string, Observable>,
  context: SelectionContext,
) {
  return <Entity>(definitions: readonly MetricDefinition<Entity>[], entity: Entity, identify: Identify): void => {
    for (const definition of definitions) {
      const instrument = instruments.get(definition.name);
      if (!instrument) continue;
      definition.select(
        entity,
        (_timed, value, attributes = NO_ATTRIBUTES) => {
          const number = typeof value === 'object' ? undefined : finiteValue(value);
          if (number === undefined) return;
          const observed = definition.valueType === 'int' ? Math.round(number) : number;
          result.observe(instrument, observed, identify(attributes));
        },
        context,
      );
    }
  };
}
