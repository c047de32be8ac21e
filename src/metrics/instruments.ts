import {
  type BatchObservableResult,
  type Meter,
  type MeterProvider,
  type Observable,
  ValueType,
} from '@opentelemetry/api';
import { checkOptions, type OptionRules, oneOf } from '../base/options/option-rules.ts';
import { PowerVmInspector } from '../inspector/views/powervm-inspector.ts';
import type { SampleSource } from '../inspector/views/sample-source.ts';
import type { ReceiverStatistics } from '../receiver/statistics/statistics.ts';
import { NO_ATTRIBUTES } from './attributes/attribute-cache.ts';
import { listMetrics, type MetricInformation } from './catalog/index.ts';
import type { SelectionContext } from './definition.ts';
import { CounterOrigins } from './points/counter-origins.ts';
import { finiteValue } from './points/points.ts';
import { scope } from './resources/entity-resources.ts';
import { type MetricOptions, metricRules, viewOf } from './selection/selection.ts';
import { type EntityVisitor, visitEntities } from './selection/visit-entities.ts';

/** The source of an inspector: a `PowerVmReceiver`, or anything with `frames()`. */
export interface InstrumentSource extends SampleSource {
  statistics?(): ReceiverStatistics;
}

/** Which metrics become instruments, and since when their counters count. */
export interface InstrumentOptions extends MetricOptions {
  /**
   * `lifetime`: what the hypervisor counts, since the frame was switched on or the partition was made. `observed`: what was
   * counted since these instruments saw the partition first. Behind an exporter of delta temporality take `observed`: the SDK
   * sends the first value of a counter as its first delta, and with `lifetime` that is its whole life. Default `lifetime`.
   */
  readonly counters?: 'lifetime' | 'observed';
}

const instrumentRules: OptionRules<InstrumentOptions> = { ...metricRules, counters: oneOf('lifetime', 'observed') };

/**
 * Registers the catalog as observable instruments, with one callback that asks the inspector for each partition,
 * synchronously, on the newest snapshot. Nothing is observed for partitions without fresh data.
 *
 * The SDK stamps these points with the time of collection, and cumulative temporality repeats the last value of a
 * series that has ended: use {@link powerVmReaderOptions} and `withGaugeDelta`, or the metric producer, which has
 * neither limit. Histograms cannot be observed and are left out.
 * @param target a MeterProvider, so that the scope of the points is this package in its version; or a Meter of yours
 * @param inspector a `PowerVmInspector`, or what one can be made of: a `PowerVmReceiver`
 * @returns takes the callback off again
 * @throws {ConfigurationError} for an option or a metric that does not exist
 */
export function registerPowerVmInstruments(
  target: MeterProvider | Meter,
  inspector: PowerVmInspector | InstrumentSource,
  options: InstrumentOptions = {},
): () => void {
  checkOptions('registerPowerVmInstruments', options, instrumentRules);
  const { counters, ...metricOptions } = options;
  const view = viewOf(metricOptions);
  const origins = counters === 'observed' ? new CounterOrigins() : undefined;
  const meter = 'getMeter' in target ? target.getMeter(scope.name, scope.version) : target;
  const asked = inspector instanceof PowerVmInspector ? inspector : new PowerVmInspector(inspector);
  const source: InstrumentSource = asked.source;
  const instruments = new Map<string, Observable>();
  for (const metric of listMetrics(view.catalog)) {
    const instrument = createInstrument(meter, metric);
    if (instrument) instruments.set(metric.name, instrument);
  }
  const observables = [...instruments.values()];
  const callback = (result: BatchObservableResult) => {
    const observe = observation(result, instruments, view.context, origins);
    const snapshot = asked.snapshot();
    visitEntities(snapshot.frames, view, observe, ({ id }) => snapshot.partition(id));
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
  origins: CounterOrigins | undefined,
): EntityVisitor {
  return (definitions, entity, identify) => {
    for (const definition of definitions) {
      const instrument = instruments.get(definition.name);
      if (!instrument) continue;
      const isCounter = definition.kind === 'counter';
      definition.select(
        entity,
        (_timed, value, attributes = NO_ATTRIBUTES) => {
          const number = typeof value === 'object' ? undefined : finiteValue(value);
          if (number === undefined) return;
          const rounded = definition.valueType === 'int' ? Math.round(number) : number;
          const identified = identify(attributes);
          const observed =
            isCounter && origins ? origins.sinceFirstSeen(definition.name, identified, rounded) : rounded;
          result.observe(instrument, observed, identified);
        },
        context,
      );
    }
  };
}
