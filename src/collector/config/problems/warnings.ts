import { exposureOf } from '../../../base/secret-file.ts';
import { withScheme } from '../../../rest/index.ts';
import { componentType } from '../../components/registry.ts';
import type { CollectorConfig } from '../load-config.ts';
import { milliseconds } from '../schema/values.ts';
import type { Explanation } from './explain.ts';
import { placedLine } from './origin.ts';
import type { ConfigPath } from './problem.ts';

/** PCM has a new sample so often. */
const SHORTEST_INTERVAL = 30_000;
/** And keeps it so long. */
const LONGEST_INTERVAL = 30 * 60_000;

/** What works and was most likely not meant, each with its place. */
function configurationWarnings(config: CollectorConfig): readonly Explanation[] {
  return [
    ...unusedComponents(config),
    ...intervals(config),
    ...repeatedPaths(config),
    ...repeatedConsoles(config),
    ...openSecrets(config),
  ];
}

/** The same, a line each. */
export function warningLines(config: CollectorConfig): readonly string[] {
  return configurationWarnings(config).map((warning) => placedLine(config, warning));
}

function unusedComponents({ receivers, exporters, extensions, service }: CollectorConfig): Explanation[] {
  const pipelines = Object.values(service.pipelines);
  const unused = (section: string, components: object, used: readonly string[], where: string) =>
    Object.keys(components)
      .filter((id) => !used.includes(id))
      .map((id) => ({ path: [section, id], message: `is used nowhere: name it in ${where}, or leave it out` }));
  return [
    ...unused(
      'receivers',
      receivers,
      pipelines.flatMap((pipeline) => pipeline.receivers),
      'the receivers of a pipeline',
    ),
    ...unused(
      'exporters',
      exporters,
      pipelines.flatMap((pipeline) => pipeline.exporters),
      'the exporters of a pipeline',
    ),
    ...unused('extensions', extensions, service.extensions, 'service.extensions'),
  ];
}

function intervals({ receivers }: CollectorConfig): Explanation[] {
  return Object.entries(receivers).flatMap(([id, { collection_interval: interval }]) => {
    const path = ['receivers', id, 'collection_interval'];
    if (milliseconds(interval) < SHORTEST_INTERVAL) {
      return [{ path, message: 'is shorter than 30s, and PCM has no new sample any sooner: it only costs requests' }];
    }
    if (milliseconds(interval) > LONGEST_INTERVAL) {
      return [{ path, message: 'is longer than 30m, and PCM keeps samples no longer: what is in between is lost' }];
    }
    return [];
  });
}

/** `/v1/metrics` is appended to `endpoint`, as in the Collector. */
function repeatedPaths({ exporters }: CollectorConfig): Explanation[] {
  return Object.entries(exporters).flatMap(([id, config]) => {
    if (componentType(id) !== 'otlp_http' || typeof config !== 'object' || config === null) return [];
    const { endpoint } = config as Readonly<Record<string, unknown>>;
    if ('metrics_endpoint' in config || typeof endpoint !== 'string' || !/\/v1\/metrics\/?$/.test(endpoint)) return [];
    const message = 'gets /v1/metrics appended, so that it is there twice: leave it out, or use metrics_endpoint';
    return [{ path: ['exporters', id, 'endpoint'], message }];
  });
}

function repeatedConsoles({ receivers, service }: CollectorConfig): Explanation[] {
  const used = Object.values(service.pipelines).flatMap((pipeline) => pipeline.receivers);
  const first = new Map<string, string>();
  const warnings: Explanation[] = [];
  for (const [id, { consoles }] of Object.entries(receivers)) {
    if (!used.includes(id)) continue;
    for (const [index, { endpoint }] of consoles.entries()) {
      if (endpoint === undefined) continue;
      const key = new URL(withScheme(endpoint)).host;
      const before = first.get(key);
      const path: ConfigPath = ['receivers', id, 'consoles', index];
      if (before === undefined) first.set(key, id);
      else {
        const message =
          before === id
            ? 'is the same console as one before: it is asked twice for the same'
            : `is read by ${before} as well, with a session and requests of its own: one receiver would spare it`;
        warnings.push({ path, message });
      }
    }
  }
  return warnings;
}

const SECRET_FILE = /(?:password|secret|token|key)_file$/;

/** Files with a secret that every user of the machine can read. */
function openSecrets(value: unknown, path: ConfigPath = []): Explanation[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) =>
      openSecrets(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    );
  }
  if (typeof value !== 'string' || !SECRET_FILE.test(String(path.at(-1)))) return [];
  const exposure = exposureOf(value);
  return exposure === undefined ? [] : [{ path, message: `the secret in it is none: ${exposure}` }];
}
