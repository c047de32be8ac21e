import { ConfigurationError } from '../../base/errors/errors.ts';
import {
  callback,
  checkOptions,
  flag,
  fullText,
  group,
  listOf,
  type OptionRule,
  type OptionRules,
  oneOf,
  recordOf,
  required,
  wholeNumber,
} from '../../base/options/option-rules.ts';
import { nearest } from '../../base/text/nearest-word.ts';
import type { FrameActivity, PartitionActivity } from '../../inspector/activity.ts';
import { AttributeCache, type PointAttributes } from '../attributes/attribute-cache.ts';
import type { ResourceDetail } from '../attributes/entity-attributes.ts';
import { listMetrics, type MetricCatalog, metricCatalog } from '../catalog/index.ts';
import type { MetricDefinition, SelectionContext } from '../definition.ts';
import { SeriesBudget, type SeriesShortage } from './series-budget.ts';

/** Choices about metrics that all ways to read the catalog share. */
export interface MetricOptions {
  /** Switches single metrics on or off, by name; the others are as the catalog has them. */
  readonly metrics?: Readonly<Record<string, { readonly enabled: boolean }>>;
  /** Attributes for every Resource, or every point where there is no Resource of ours. */
  readonly attributes?: PointAttributes;
  /** More attributes, taken from the names of systems and partitions. */
  readonly attributesFromNames?: AttributesFromNames | undefined;
  /** Series that there may be at most, over all systems; whole optional metrics are left out. Default no limit. */
  readonly maxSeries?: number | undefined;
  /** Called when the limit leaves out more metrics than before, and once when there are none left to leave out. */
  readonly onSeriesShortage?: (shortage: SeriesShortage) => void;
  /** More attributes of a partition, for example of the OpenStack instance that runs on it. */
  readonly partitionAttributes?: (partition: PartitionActivity, frame: FrameActivity) => PointAttributes;
  /**
   * What Resources describe of their entities beside the identity: `names` (the default) the first reported names,
   * `description` also pool, mode, operating system and firmware as they are known then, `identity` nothing.
   */
  readonly resourceAttributes?: ResourceDetail | undefined;
  /** Whether Resources of entities have `service.name` and `service.instance.id`. Default false. */
  readonly serviceAttributes?: boolean | undefined;
  /** Whether flat points carry names beside identities. Default true. */
  readonly nameAttributes?: boolean;
  /** Whether trunk adapters of VIOSes are shown. Default false. */
  readonly trunkAdapters?: boolean;
  /**
   * Attributes of adapters that are set on points and not only on `powervm.lpar.adapter.link`: they may split series.
   */
  readonly adapterAttributes?: readonly string[];
  /** Called for every point that could not be made; only that point is lost. Without it an error is thrown. */
  readonly onPointError?: (metric: string, reason: unknown) => void;
}

/**
 * Attributes derived from names. Those of a system are its partitions' too. What is the same in every call is
 * remembered.
 */
export interface AttributesFromNames {
  readonly ofSystem: (name: string) => PointAttributes;
  readonly ofPartition: (name: string) => PointAttributes;
}

/** The resolved options: what is read, and how it is reported. */
export interface MetricView {
  /** May become smaller while a budget of series lasts. */
  readonly catalog: MetricCatalog;
  readonly budget: SeriesBudget | undefined;
  readonly context: SelectionContext;
  readonly attributes: PointAttributes;
  readonly attributesFromNames: AttributesFromNames | undefined;
  readonly partitionAttributes: ((partition: PartitionActivity, frame: FrameActivity) => PointAttributes) | undefined;
  readonly nameAttributes: boolean;
  readonly resourceDetail: ResourceDetail;
  readonly serviceAttributes: boolean;
}

const attributeValue: OptionRule = (value) =>
  ['string', 'number', 'boolean'].includes(typeof value) ? undefined : 'must be a text, a number, true or false';

/** For constructors that accept these options among others. */
export const metricRules: OptionRules<MetricOptions> = {
  metrics: recordOf(group<{ readonly enabled: boolean }>({ enabled: required(flag) })),
  attributes: recordOf(attributeValue),
  attributesFromNames: group<AttributesFromNames>({ ofSystem: required(callback), ofPartition: required(callback) }),
  maxSeries: wholeNumber(0),
  onSeriesShortage: callback,
  partitionAttributes: callback,
  resourceAttributes: oneOf('identity', 'names', 'description'),
  serviceAttributes: flag,
  nameAttributes: flag,
  trunkAdapters: flag,
  adapterAttributes: listOf(fullText),
  onPointError: callback,
};

/**
 * Resolves choices about metrics once, for all reading of the catalog.
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for an option or a metric that does not exist
 */
export function metricView(options: MetricOptions = {}, owner = 'metricView'): MetricView {
  checkOptions(owner, options, metricRules);
  return viewOf(options);
}

/** The same for options that were checked among others. */
export function viewOf(options: MetricOptions): MetricView {
  const overrides = options.metrics ?? {};
  const known = new Set(listMetrics().map(({ name }) => name));
  for (const name of Object.keys(overrides)) {
    if (!known.has(name)) {
      const meant = nearest(name, known);
      throw new ConfigurationError(
        'POWERVM_CONFIG_INVALID',
        `there is no metric ${name}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
        { context: { metric: name } },
      );
    }
  }
  const isEnabled = (metric: MetricDefinition<never>) => overrides[metric.name]?.enabled ?? metric.default;
  const catalog = {
    system: metricCatalog.system.filter(isEnabled),
    lpar: metricCatalog.lpar.filter(isEnabled),
    vios: metricCatalog.vios.filter(isEnabled),
    ssp: metricCatalog.ssp.filter(isEnabled),
    receiver: metricCatalog.receiver.filter(isEnabled),
  };
  const context = {
    trunkAdapters: options.trunkAdapters ?? false,
    adapterAttributes: new Set(options.adapterAttributes ?? []),
    attributeCache: new AttributeCache(),
    present: { network: [], disks: [] },
    onPointError: options.onPointError,
  };
  const { maxSeries, onSeriesShortage = () => undefined } = options;
  const budget = maxSeries === undefined ? undefined : new SeriesBudget(maxSeries, catalog, context, onSeriesShortage);
  return {
    get catalog() {
      return budget?.catalog ?? catalog;
    },
    budget,
    context,
    attributes: options.attributes ?? {},
    attributesFromNames: options.attributesFromNames,
    partitionAttributes: options.partitionAttributes,
    nameAttributes: options.nameAttributes ?? true,
    resourceDetail: options.resourceAttributes ?? 'names',
    serviceAttributes: options.serviceAttributes ?? false,
  };
}
