import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { ExpectedSample } from './expected/expected-samples.ts';

/** `[time, granularity, value]` */
type Measure = readonly [string, number, number];

export interface GnocchiResource {
  readonly type: string;
  readonly user_id: string | null;
  readonly project_id: string | null;
  readonly original_resource_id: string;
  /** Ids by name. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly [attribute: string]: unknown;
}

export interface GnocchiMetric {
  readonly unit: string | null;
  readonly archive_policy: { readonly name: string };
}

/** Gnocchi's REST API as an operator's tool asks it. */
export class GnocchiReader {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.#headers = headers;
  }

  resource(id: string): Promise<GnocchiResource> {
    return this.#get(`resource/generic/${encodeURIComponent(id)}`) as Promise<GnocchiResource>;
  }

  /** With the attributes of its own type. */
  async typedResource(id: string): Promise<GnocchiResource> {
    const { type } = await this.resource(id);
    return (await this.#get(`resource/${type}/${encodeURIComponent(id)}`)) as GnocchiResource;
  }

  /** Ids of all resources, as whoever made them gave them. */
  async resourceIds(): Promise<readonly string[]> {
    const resources = (await this.#get('resource/generic?limit=1000')) as readonly GnocchiResource[];
    return resources.map(({ original_resource_id }) => original_resource_id);
  }

  metric(id: string): Promise<GnocchiMetric> {
    return this.#get(`metric/${id}`) as Promise<GnocchiMetric>;
  }

  /** Everything that was posted until now counts. */
  async measures(metric: string, aggregation: string): Promise<readonly Measure[]> {
    return (await this.#get(`metric/${metric}/measures?refresh=true&aggregation=${aggregation}`)) as Measure[];
  }

  async #get(path: string): Promise<unknown> {
    const headers = { accept: 'application/json', ...this.#headers };
    const response = await fetch(`${this.#url}/v1/${path}`, { headers });
    if (!response.ok) throw new Error(`Gnocchi: ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

/** Types of resources and the meters that Ceilometer's stock mapping stores with them. */
export async function storedMeters(): Promise<ReadonlyMap<string, string>> {
  const { resources } = parse(await readFile('/etc/ceilometer/gnocchi_resources.yaml', 'utf8')) as {
    resources: readonly { resource_type: string; metrics: Readonly<Record<string, unknown>> }[];
  };
  const entries = resources.flatMap(({ resource_type, metrics }) =>
    Object.keys(metrics ?? {}).map((name) => [name, resource_type] as const),
  );
  return new Map(entries);
}

/**
 * What of the expected samples is not in Gnocchi as it should be: name, type of the resource, unit, and value of every
 * five minutes.
 */
export async function missingFrom(
  gnocchi: GnocchiReader,
  expected: readonly ExpectedSample[],
  stored: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [resourceId, samples] of grouped(expected, (sample) => sample.resourceId)) {
    const resource = await gnocchi.resource(resourceId);
    for (const [name, ofMeter] of grouped(samples, (sample) => sample.name)) {
      const place = `${name} of ${resourceId}`;
      if (resource.type !== stored.get(name)) problems.push(`${place}: stored with a ${resource.type}`);
      const id = resource.metrics[name];
      if (id === undefined) problems.push(`${place}: there is no metric`);
      else problems.push(...(await differences(gnocchi, id, ofMeter)).map((problem) => `${place}: ${problem}`));
    }
    const surplus = Object.keys(resource.metrics).filter((name) => !samples.some((sample) => sample.name === name));
    if (surplus.length > 0) problems.push(`${resourceId}: nobody expected ${surplus.join(', ')}`);
  }
  return problems;
}

async function differences(
  gnocchi: GnocchiReader,
  metric: string,
  samples: readonly ExpectedSample[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { unit } = await gnocchi.metric(metric);
  const [{ unit: expectedUnit } = { unit: '' }] = samples;
  if ((unit ?? '') !== expectedUnit) problems.push(`unit ${unit}, expected ${expectedUnit}`);
  const measures = new Map(
    (await gnocchi.measures(metric, 'mean')).map(([time, , value]) => [Date.parse(time), value]),
  );
  for (const { time, volume } of samples) {
    const block = Math.floor(time / 300_000) * 300_000;
    const value = measures.get(block);
    const isTheSame =
      value !== undefined && Math.abs(value - volume) <= Math.abs(volume) * 1e-12 + (unit === 'MB' ? 1e-6 : 0);
    if (!isTheSame) problems.push(`${value} at ${new Date(block).toISOString()}, expected ${volume}`);
  }
  if (measures.size !== samples.length) problems.push(`${measures.size} measures, expected ${samples.length}`);
  return problems;
}

function grouped(
  samples: readonly ExpectedSample[],
  keyOf: (sample: ExpectedSample) => string,
): ReadonlyMap<string, readonly ExpectedSample[]> {
  const groups = new Map<string, ExpectedSample[]>();
  for (const sample of samples) groups.set(keyOf(sample), [...(groups.get(keyOf(sample)) ?? []), sample]);
  return groups;
}
