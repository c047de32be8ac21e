import type { CeilometerSample, JsonValue } from '../../samples/sample.ts';
import { attributesOf, type GnocchiResourceDefinition } from './definitions.ts';

/** A point of a metric. */
interface GnocchiMeasure {
  /** Naive UTC. The first of a list decides the format of all. */
  readonly timestamp: string;
  readonly value: number;
}

export interface GnocchiMetric {
  readonly measures: readonly GnocchiMeasure[];
  readonly archive_policy_name: string;
  readonly unit: string;
}

/** A resource, what it would be created with, and what is to be posted to it. */
export interface GnocchiResource {
  readonly id: string;
  readonly type: string;
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** By name of the meter. */
  readonly metrics: ReadonlyMap<string, GnocchiMetric>;
}

export interface GnocchiGrouping {
  readonly resources: readonly GnocchiResource[];
  /** Names of meters that no definition stores. */
  readonly unmapped: ReadonlySet<string>;
}

interface Draft {
  readonly definition: GnocchiResourceDefinition;
  newest: CeilometerSample;
  readonly metrics: Map<string, GnocchiMetric & { readonly measures: GnocchiMeasure[] }>;
}

/**
 * Groups samples by resource and meter. The newest sample of a resource says what it is called.
 * @param policyOf archive policy of a metric, by the one that the definitions name
 */
export function groupSamples(
  samples: readonly CeilometerSample[],
  definitionOf: (meter: string) => GnocchiResourceDefinition | undefined,
  policyOf: (policy: string) => string,
): GnocchiGrouping {
  const drafts = new Map<string, Draft>();
  const unmapped = new Set<string>();
  for (const sample of samples) {
    const definition = definitionOf(sample.name);
    const policy = definition?.meters.get(sample.name);
    if (!definition || policy === undefined) {
      unmapped.add(sample.name);
      continue;
    }
    // As Ceilometer does: Gnocchi takes no slash in an id.
    const id = sample.resource_id.replaceAll('/', '_');
    const draft = drafts.get(id) ?? { definition, newest: sample, metrics: new Map() };
    drafts.set(id, draft);
    draft.newest = sample;
    const measure = { timestamp: sample.timestamp, value: sample.volume };
    const metric = draft.metrics.get(sample.name);
    if (metric) metric.measures.push(measure);
    else {
      draft.metrics.set(sample.name, { measures: [measure], archive_policy_name: policyOf(policy), unit: sample.unit });
    }
  }
  return { resources: [...drafts].map(([id, draft]) => resourceOf(id, draft)), unmapped };
}

function resourceOf(id: string, { definition, newest, metrics }: Draft): GnocchiResource {
  return {
    id,
    type: definition.type,
    userId: newest.user_id,
    projectId: newest.project_id,
    attributes: attributesOf(definition, newest.resource_metadata),
    metrics,
  };
}

/** Body of `POST /v1/batch/resources/metrics/measures`. */
export function batchBody(resources: readonly GnocchiResource[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(resources.map(({ id, metrics }) => [id, Object.fromEntries(metrics)]));
}

export function countMeasures(resources: readonly GnocchiResource[]): number {
  let count = 0;
  for (const { metrics } of resources) for (const { measures } of metrics.values()) count += measures.length;
  return count;
}

/** One resource with the measures of both; what it is called is what the later one says. */
export function mergeResources(earlier: GnocchiResource, later: GnocchiResource): GnocchiResource {
  const metrics = new Map(earlier.metrics);
  for (const [name, metric] of later.metrics) {
    metrics.set(name, { ...metric, measures: [...(metrics.get(name)?.measures ?? []), ...metric.measures] });
  }
  return { ...later, metrics };
}

/** Portions of about so many measures; a resource is never divided. */
export function portionsOf(
  resources: readonly GnocchiResource[],
  limit: number,
): readonly (readonly GnocchiResource[])[] {
  const portions: GnocchiResource[][] = [];
  let room = 0;
  for (const resource of resources) {
    const measures = countMeasures([resource]);
    const portion = portions.at(-1);
    if (portion && measures <= room) portion.push(resource);
    else {
      portions.push([resource]);
      room = limit;
    }
    room -= measures;
  }
  return portions;
}

/**
 * Two halves, by resource, or by metric of a single resource, to find the measures that are refused. `undefined` for
 * what is only one metric.
 */
export function halvesOf(
  resources: readonly GnocchiResource[],
): readonly [readonly GnocchiResource[], readonly GnocchiResource[]] | undefined {
  const [first] = resources;
  if (!first) return undefined;
  if (resources.length > 1) {
    const middle = Math.ceil(resources.length / 2);
    return [resources.slice(0, middle), resources.slice(middle)];
  }
  const metrics = [...first.metrics];
  if (metrics.length < 2) return undefined;
  const middle = Math.ceil(metrics.length / 2);
  return [
    [{ ...first, metrics: new Map(metrics.slice(0, middle)) }],
    [{ ...first, metrics: new Map(metrics.slice(middle)) }],
  ];
}
