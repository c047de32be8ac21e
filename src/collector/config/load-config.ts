import { z } from 'zod';
import { readTextFile } from '../../base/files/read-text-file.ts';
import { nearest } from '../../base/text/nearest-word.ts';
import { componentType, exporterComponents, extensionComponents } from '../components/registry.ts';
import { withAnswers, withoutProcessors } from './problems/collector-habits.ts';
import { emptySecrets } from './problems/empty-secrets.ts';
import { type Explanation, explain } from './problems/explain.ts';
import { rememberOrigin } from './problems/origin.ts';
import { type ConfigPath, InvalidConfiguration } from './problems/problem.ts';
import type { ExpansionSource } from './reading/expansion.ts';
import { ConfigSources, type ConfigText, settingText } from './reading/sources.ts';
import { checkOpenStackReferences } from './schema/openstack-references.ts';
import { type ReceiverConfig, receiverSchema } from './schema/receiver-schema.ts';
import { duration } from './schema/values.ts';

const pipelineSchema = z.strictObject({
  receivers: z.array(z.string()).min(1, { error: 'must name at least one receiver' }),
  exporters: z.array(z.string()).min(1, { error: 'must name at least one exporter' }),
});

const serviceSchema = z.strictObject({
  extensions: z.array(z.string()).default([]),
  pipelines: z.record(z.string(), pipelineSchema).default({}),
  // All of an orderly end: what waits is delivered, what is held is let go, consoles are logged off.
  shutdown_timeout: duration.default('20s'),
  telemetry: z
    .strictObject({
      logs: z
        .strictObject({
          level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
          encoding: z.enum(['console', 'json']).optional(),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** The file as a whole; components are looked at one by one, each with its own schema. */
const fileSchema = z.strictObject({
  receivers: z.record(z.string(), z.unknown()),
  exporters: z.record(z.string(), z.unknown()),
  extensions: z.record(z.string(), z.unknown()).nullish(),
  service: z.unknown().optional(),
});

/** A valid configuration with all defaults. Its shape is that of the file, so that it can be printed as one. */
export interface CollectorConfig {
  readonly receivers: Readonly<Record<string, ReceiverConfig>>;
  /** Each accepted by the schema of its component. */
  readonly exporters: Readonly<Record<string, unknown>>;
  /** Likewise. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly service: z.output<typeof serviceSchema>;
}

/** One file, or several with settings of the command line after them. */
export type ConfigurationFiles =
  | string
  | { readonly files: readonly string[]; readonly settings?: readonly string[] | undefined };

/**
 * Reads and checks a configuration. Of several files later ones add to earlier ones; settings are `KEY=VALUE`.
 * @throws {InvalidConfiguration} with every problem
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`, `POWERVM_USAGE` for a setting
 */
export function loadConfig(
  configuration: ConfigurationFiles,
  environment: ExpansionSource['environment'] = process.env,
): CollectorConfig {
  const { files, settings = [] } =
    typeof configuration === 'string' ? { files: [configuration] } : { ...configuration };
  const texts = [...files.map((name) => ({ name, text: readTextFile(name) })), ...settings.map(settingText)];
  return parseTexts(texts, { environment, readFile: readTextFile });
}

/** The same for a text. `file` is only for messages. */
export function parseConfig(text: string, file: string, source: ExpansionSource): CollectorConfig {
  return parseTexts([{ name: file, text }], source);
}

function parseTexts(texts: readonly ConfigText[], source: ExpansionSource): CollectorConfig {
  const sources = new ConfigSources(texts);
  const { content, problems } = sources.expand(source);
  if (isMap(content) && 'file_format' in content) throw declarativeConfiguration(sources);
  const checked = checkContent(content);
  const unexpanded = problems.map(({ path }) => JSON.stringify(path));
  // What is wrong with a value that could not be expanded is only that.
  const others = checked.explanations.filter(({ path }) => !unexpanded.includes(JSON.stringify(path)));
  const all = [...problems, ...others.map((one) => ({ ...sources.positionOf(one.path), ...one }))];
  if (all.length > 0 || !checked.config) throw new InvalidConfiguration(sources.name, all);
  rememberOrigin(checked.config, { file: sources.name, positionOf: (path) => sources.positionOf(path) });
  return checked.config;
}

function declarativeConfiguration(sources: ConfigSources): InvalidConfiguration {
  const path = ['file_format'];
  const message =
    "this is a file of OpenTelemetry's declarative SDK configuration; otel-powervm reads the collector's form: receivers, exporters, service.pipelines";
  return new InvalidConfiguration(sources.name, [{ ...sources.positionOf(path), path, message }]);
}

interface CheckedContent {
  readonly config: CollectorConfig | undefined;
  readonly explanations: readonly Explanation[];
}

function checkContent(written: unknown): CheckedContent {
  const { content, explanations: processors } = withoutProcessors(written);
  const outline = check(fileSchema, content, []);
  const sections = isMap(content) ? content : {};
  const receivers = checkReceivers(sections.receivers);
  const exporters = checkComponents('exporters', sections.exporters, exporterComponents);
  const extensions = checkComponents('extensions', sections.extensions, extensionComponents);
  const service = check(serviceSchema, sections.service ?? {}, ['service']);
  const references = checkReferences(sections);
  const explanations = withAnswers([
    ...processors,
    ...outline.explanations,
    ...receivers.explanations,
    ...exporters.explanations,
    ...extensions.explanations,
    ...service.explanations,
    ...references,
    ...checkOpenStackReferences(sections),
    ...emptySecrets(sections),
  ]);
  if (explanations.length > 0 || !service.value) return { config: undefined, explanations };
  const config = {
    receivers: receivers.value,
    exporters: exporters.value,
    extensions: extensions.value,
    service: service.value,
  };
  return { config, explanations };
}

function checkReceivers(section: unknown) {
  const value: Record<string, ReceiverConfig> = {};
  const explanations: Explanation[] = [];
  for (const [id, config] of Object.entries(isMap(section) ? section : {})) {
    if (componentType(id) !== 'powervm') {
      explanations.push(unknownComponent('receivers', id, ['powervm']));
      continue;
    }
    const checked = check(receiverSchema, config ?? {}, ['receivers', id]);
    explanations.push(...checked.explanations);
    if (checked.value) value[id] = checked.value;
  }
  return { value, explanations };
}

/** Components of a section, each against the schema of its kind. */
function checkComponents(
  name: 'exporters' | 'extensions',
  section: unknown,
  components: Readonly<Record<string, { readonly schema: z.ZodType }>>,
) {
  const value: Record<string, unknown> = {};
  const explanations: Explanation[] = [];
  for (const [id, config] of Object.entries(isMap(section) ? section : {})) {
    // An id may be the name of what every object has, such as `constructor`.
    const component = Object.hasOwn(components, componentType(id)) ? components[componentType(id)] : undefined;
    if (!component) {
      explanations.push(unknownComponent(name, id, Object.keys(components)));
      continue;
    }
    const checked = check(component.schema, config ?? {}, [name, id]);
    explanations.push(...checked.explanations);
    if (checked.explanations.length === 0) value[id] = checked.value;
  }
  return { value, explanations };
}

function unknownComponent(section: string, id: string, known: readonly string[]): Explanation {
  const meant = nearest(componentType(id), known);
  const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`;
  const choice = known.length === 0 ? '' : ` (known: ${known.join(', ')})`;
  return { path: [section, id], message: `there is no such component${suggestion}${choice}` };
}

/** What the service and its pipelines name must be there. Looks at the content as it is, valid or not. */
function checkReferences(sections: Readonly<Record<string, unknown>>): readonly Explanation[] {
  const service = mapAt(sections, 'service');
  const explanations = [...unknownReferences(sections, 'extensions', service.extensions, ['service', 'extensions'])];
  const pipelines = Object.entries(mapAt(service, 'pipelines'));
  if (pipelines.length === 0) {
    explanations.push({ path: ['service', 'pipelines'], message: 'must have at least one pipeline, such as metrics' });
  }
  for (const [name, pipeline] of pipelines) {
    const path = ['service', 'pipelines', name];
    if (componentType(name) !== 'metrics') {
      explanations.push({ path, message: 'only pipelines for metrics exist: metrics or metrics/NAME' });
    }
    for (const side of ['receivers', 'exporters'] as const) {
      const listed = isMap(pipeline) ? pipeline[side] : undefined;
      explanations.push(...unknownReferences(sections, side, listed, [...path, side]));
    }
  }
  return explanations;
}

function unknownReferences(
  sections: Readonly<Record<string, unknown>>,
  section: 'receivers' | 'exporters' | 'extensions',
  listed: unknown,
  path: ConfigPath,
): readonly Explanation[] {
  const known = Object.keys(mapAt(sections, section));
  return (Array.isArray(listed) ? listed : []).flatMap((id, index) => {
    if (typeof id !== 'string' || known.includes(id)) return [];
    const meant = nearest(id, known);
    const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`;
    return [{ path: [...path, index], message: `${id} is not among the ${section}${suggestion}` }];
  });
}

function mapAt(map: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = map[key];
  return isMap(value) ? value : {};
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  content: unknown,
  path: ConfigPath,
): { readonly value: z.output<Schema> | undefined; readonly explanations: readonly Explanation[] } {
  const result = schema.safeParse(content);
  if (result.success) return { value: result.data, explanations: [] };
  return { value: undefined, explanations: explain(schema, result.error.issues, content, path) };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
