import { componentType } from '../../components/registry.ts';
import type { Explanation } from './explain.ts';
import type { ConfigPath } from './problem.ts';

/**
 * What people know from the OpenTelemetry Collector and write here as well: where the same thing is here, by its place in the
 * file.
 */
const elsewhere: readonly (readonly [place: RegExp, response: string])[] = [
  [
    /^(?:processors|service\.pipelines\.[^.]+\.processors\.\d+)\.?batch$/,
    'batches are made by each exporter: max_request_bytes says how large a request is, sending_queue how much waits',
  ],
  [
    /^(?:processors|service\.pipelines\.[^.]+\.processors\.\d+)\.?memory_limiter$/,
    'each exporter bounds its memory: sending_queue.max_bytes and max_points; nothing is lost by it, PCM keeps half an hour',
  ],
  [
    /^(?:processors|service\.pipelines\.[^.]+\.processors\.\d+)\.?filter$/,
    'receivers.powervm chooses: metrics.NAME.enabled, partitions.include and exclude, systems.include and exclude',
  ],
  [
    /^(?:processors|service\.pipelines\.[^.]+\.processors\.\d+)\.?(?:attributes|resource|transform|resourcedetection)$/,
    'receivers.powervm sets them: attributes, attributes_from and resource_attributes',
  ],
  [
    /^(?:processors|service\.pipelines\.[^.]+\.processors\.\d+)\.?cumulativetodelta$/,
    'exporters.otlp_http.temporality: delta does it',
  ],
  [
    /^(?:processors|service\.pipelines\.[^.]+\.processors\.\d+)\.?.*$/,
    'there are no processors: receivers.powervm chooses metrics, partitions and attributes, exporters make batches and bound memory; for more send OTLP to a Collector',
  ],
  [
    /^service\.telemetry\.(?:metrics|traces|resource)$/,
    "the collector's own metrics (powervm.receiver.*, otelcol_*) go the way of all others, to every exporter; exporters.prometheus is a page to fetch them from, receivers.powervm.attributes what they carry",
  ],
  [/^service\.telemetry\.logs\./, 'level and encoding are here; logs go to standard error'],
  [
    /^exporters\.[^.]+\.sending_queue\.enabled$/,
    'there is always a queue: what waits is fetched again from PCM, so that it costs no sample',
  ],
  [
    /^exporters\.[^.]+\.sending_queue\.(?:block_on_overflow|wait_for_result|batch)$/,
    'a full queue turns nothing away for good: it comes again from PCM; max_request_bytes of the exporter bounds a request',
  ],
  [/^exporters\.[^.]+\.batcher$/, 'max_request_bytes bounds a request'],
  [
    /^(?:receivers\.[^.]+\.consoles\.\d+|exporters\.[^.]+|extensions\.[^.]+)\.(?:insecure_skip_verify|ca_file|cert_file|key_file|server_name_override|min_version|fingerprint|insecure)$/,
    'it belongs under tls',
  ],
  [/^extensions\.(?:zpages|pprof)$/, 'extensions.status_page shows how the collector is doing'],
];

/** The response for what the Collector has and we do not. */
function answerFor(path: ConfigPath): string | undefined {
  const text = path.join('.');
  return elsewhere.find(([place]) => place.test(text))?.[1];
}

/** Unknown keys and components that the Collector knows, with where the thing is here. */
export function withAnswers(explanations: readonly Explanation[]): readonly Explanation[] {
  return explanations.map((explanation) => {
    const { path, message } = explanation;
    const isUnknown = message.startsWith('unknown key') || message.startsWith('there is no such component');
    const response = isUnknown ? answerFor(path) : undefined;
    return response === undefined ? explanation : { path, message: `is not here as in the Collector: ${response}` };
  });
}

/**
 * `processors`, of the file and of its pipelines: each gets an explanation where it is here. None at all are no mistake.
 * @param content the file without them, and what is said about them
 */
export function withoutProcessors(content: unknown): {
  readonly content: unknown;
  readonly explanations: readonly Explanation[];
} {
  if (!isMap(content)) return { content, explanations: [] };
  const { processors, ...others } = content;
  const explanations = Object.keys(isMap(processors) ? processors : {}).map((id) => explanationOf(['processors'], id));
  const { service } = others;
  if (!isMap(service) || !isMap(service.pipelines)) return { content: others, explanations };
  const pipelines = Object.entries(service.pipelines).map(([name, pipeline]): [string, unknown] => {
    if (!isMap(pipeline) || !Array.isArray(pipeline.processors)) return [name, pipeline];
    const { processors: listed, ...rest } = pipeline;
    for (const [index, id] of (listed as readonly unknown[]).entries()) {
      explanations.push(explanationOf(['service', 'pipelines', name, 'processors', index], String(id), false));
    }
    return [name, rest];
  });
  return { content: { ...others, service: { ...service, pipelines: Object.fromEntries(pipelines) } }, explanations };
}

function explanationOf(path: ConfigPath, id: string, isKey = true): Explanation {
  const response = answerFor([...path, componentType(id)]);
  return { path: isKey ? [...path, id] : path, message: `is not here as in the Collector: ${response}` };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
