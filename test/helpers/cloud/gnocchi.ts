import { LoopbackServer, type ReceivedRequest, type ServedResponse } from './loopback-server.ts';

interface StoredMetric {
  readonly archive_policy_name: string;
  readonly unit: string;
  /** Time → value: one of a time, as where Gnocchi has aggregated the one before. */
  readonly measures: Map<string, number>;
}

interface StoredResource {
  readonly type: string;
  attributes: Readonly<Record<string, unknown>>;
  readonly metrics: Map<string, StoredMetric>;
}

type Batch = Readonly<Record<string, Readonly<Record<string, PostedMetric>>>>;
interface PostedMetric {
  readonly measures: readonly { readonly timestamp: string; readonly value: unknown }[];
  readonly archive_policy_name: string;
  readonly unit: string;
}

const texts: Readonly<Record<string, readonly string[]>> = {
  instance: ['display_name', 'host', 'flavor_id', 'flavor_name'],
  instance_disk: ['name', 'instance_id'],
  instance_network_interface: ['name', 'instance_id'],
  host: ['host_name'],
  host_disk: ['host_name'],
  host_network_interface: ['host_name'],
};

/**
 * Plays Gnocchi 4.4 in the forms of docs/reference/openstack-formats.md#gnocchi-measures, which were recorded from the
 * real one. The real one is in `npm run test:openstack`; here every response can be had at will.
 */
export class GnocchiServer {
  readonly server = new LoopbackServer((request) => this.#serve(request));
  readonly policies = new Map<string, Readonly<Record<string, unknown>>>();
  readonly types = new Set(Object.keys(texts));
  readonly resources = new Map<string, StoredResource>();
  /** Who may not come in, by a response. */
  admit: (request: ReceivedRequest) => ServedResponse | undefined = ({ headers }) =>
    headers.authorization === undefined ? { status: 401, json: { code: 401, title: 'Unauthorized' } } : undefined;
  /** Metrics that this account may not post to, as `resource/metric`. */
  readonly forbidden = new Set<string>();
  isAdmin = true;

  get posts(): readonly ReceivedRequest[] {
    return this.server.requested(/^POST .*\/batch\/resources\/metrics\/measures$/);
  }

  measure(resource: string, metric: string, timestamp: string): number | undefined {
    return this.resources.get(resource)?.metrics.get(metric)?.measures.get(timestamp);
  }

  #serve(request: ReceivedRequest): ServedResponse {
    const refusal = this.admit(request);
    if (refusal) return refusal;
    const [, , collection = '', name = '', id = ''] = request.path.split('/').map(decodeURIComponent);
    switch (`${request.method} ${collection}`) {
      case 'POST archive_policy':
        return this.#createPolicy(request.json as { name: string });
      case 'GET archive_policy':
        return this.policies.has(name)
          ? { status: 200, json: {} }
          : problem(404, `Archive policy ${name} does not exist`);
      case 'POST resource_type':
        return this.#createType(request.json as { name: string });
      case 'POST resource':
        return this.#createResource(name, request.json as Record<string, unknown>);
      case 'PATCH resource':
        return this.#updateResource(id, request.json as Record<string, unknown>);
      case 'POST batch':
        return this.#store(request.json as Batch);
      default:
        return problem(404, null);
    }
  }

  #createPolicy(policy: { name: string }): ServedResponse {
    if (!this.isAdmin) return forbidden;
    if (this.policies.has(policy.name)) return problem(409, `Archive policy ${policy.name} already exists`);
    this.policies.set(policy.name, policy);
    return { status: 201, json: policy };
  }

  #createType(type: { name: string }): ServedResponse {
    if (!this.isAdmin) return forbidden;
    if (this.types.has(type.name)) return problem(409, `Resource type ${type.name} already exists`);
    this.types.add(type.name);
    return { status: 201, json: type };
  }

  #createResource(type: string, { id, user_id, project_id, ...attributes }: Record<string, unknown>): ServedResponse {
    if (!this.types.has(type)) return problem(404, `Resource type ${type} does not exist`);
    const invalid = invalidAttribute(type, attributes);
    if (invalid) return problem(400, invalid);
    if (this.resources.has(String(id))) return problem(409, `Resource ${id} already exists`);
    this.resources.set(String(id), { type, attributes: { user_id, project_id, ...attributes }, metrics: new Map() });
    return { status: 201, json: { id } };
  }

  #updateResource(id: string, attributes: Record<string, unknown>): ServedResponse {
    const resource = this.resources.get(id);
    if (!resource) return problem(404, `Resource ${id} does not exist`);
    resource.attributes = { ...resource.attributes, ...attributes };
    return { status: 200, json: resource.attributes };
  }

  #store(batch: Batch): ServedResponse {
    const unknown = Object.keys(batch).filter((id) => !this.resources.has(id));
    if (unknown.length > 0) {
      const detail = unknown.map((id) => ({ resource_id: id, original_resource_id: id }));
      return problem(400, { cause: 'Unknown resources', detail });
    }
    for (const [id, metrics] of Object.entries(batch)) {
      for (const [name, { measures, archive_policy_name }] of Object.entries(metrics)) {
        if (!this.policies.has(archive_policy_name)) {
          return problem(400, `Archive policy ${archive_policy_name} does not exist`);
        }
        if (this.forbidden.has(`${id}/${name}`)) return forbidden;
        if (measures.some(({ value }) => typeof value !== 'number')) return problem(400, 'unexpected measures value');
      }
    }
    for (const [id, metrics] of Object.entries(batch)) {
      for (const [name, { measures, ...metric }] of Object.entries(metrics)) {
        const stored = this.resources.get(id)?.metrics;
        const before = stored?.get(name) ?? { ...metric, measures: new Map<string, number>() };
        for (const { timestamp, value } of measures) before.measures.set(timestamp, Number(value));
        stored?.set(name, before);
      }
    }
    return { status: 202 };
  }
}

function invalidAttribute(type: string, attributes: Readonly<Record<string, unknown>>) {
  for (const name of texts[type] ?? []) {
    if (attributes[name] === undefined) {
      return { cause: 'Invalid input', reason: `required key not provided @ data['${name}']`, detail: [name] };
    }
    if (typeof attributes[name] !== 'string') {
      return { cause: 'Invalid input', reason: `expected str for dictionary value @ data['${name}']`, detail: [name] };
    }
  }
  return undefined;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};
const forbidden = problem(403, 'Access was denied to this resource.');

function problem(status: number, description: unknown): ServedResponse {
  return { status, json: { code: status, title: TITLES[status], description } };
}
