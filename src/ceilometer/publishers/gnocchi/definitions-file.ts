import { ConfigurationError, describeError } from '../../../base/errors/errors.ts';
import { readTextFile } from '../../../base/files/read-text-file.ts';
import { requireYaml, requireZod } from '../../../base/options/load-on-demand.ts';
import { type GnocchiArchivePolicy, type GnocchiDefinitions, LOW } from './definitions.ts';

/** The part of a gnocchi_resources.yaml that samples are stored by; what is about events is passed over. */
function definitionsSchema() {
  const { z } = requireZod();
  const span = z.union([z.string(), z.number()]);
  const archivePolicy = z.object({
    name: z.string(),
    aggregation_methods: z.array(z.string()).min(1),
    back_window: z.int().min(0).default(0),
    definition: z.array(z.object({ granularity: span, timespan: span })).min(1),
  });
  return z.object({
    archive_policy_default: z.string().default(LOW),
    archive_policies: z.array(archivePolicy).default([]),
    resources: z.array(
      z.object({
        resource_type: z.string(),
        metrics: z
          .union([
            z.array(z.string()),
            z.record(z.string(), z.object({ archive_policy_name: z.string().optional() }).nullable()),
          ])
          .nullish(),
        attributes: z.record(z.string(), z.string()).nullish(),
      }),
    ),
  });
}

/**
 * Reads a site's own gnocchi_resources.yaml.
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`, or `POWERVM_CONFIG_INVALID` for what is not of that form
 */
export function readDefinitions(file: string): GnocchiDefinitions {
  const invalid = (reason: string) =>
    new ConfigurationError('POWERVM_CONFIG_INVALID', `${file}: ${reason}`, { context: { file } });
  const text = readTextFile(file);
  let content: unknown;
  try {
    content = requireYaml().parse(text);
  } catch (error) {
    throw invalid(`it is not YAML: ${describeError(error)}`);
  }
  const result = definitionsSchema().safeParse(content);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { archive_policy_default, archive_policies, resources } = result.data;
  return {
    archivePolicies: archive_policies.map(policyOf),
    resources: resources.map(({ resource_type, metrics, attributes }) => ({
      type: resource_type,
      attributes: Object.fromEntries(
        Object.entries(attributes ?? {}).map(([name, expression]) => {
          const paths = pathsOf(expression);
          if (!paths) throw invalid(`${resource_type}: ${name}: '${expression}' is no path below resource_metadata`);
          return [name, paths];
        }),
      ),
      meters: new Map(
        (Array.isArray(metrics) ? metrics.map((name) => [name, null] as const) : Object.entries(metrics ?? {})).map(
          ([name, options]) => [name, options?.archive_policy_name ?? archive_policy_default],
        ),
      ),
    })),
  };
}

type ArchivePolicyOfFile = ReturnType<ReturnType<typeof definitionsSchema>['parse']>['archive_policies'][number];

function policyOf({ definition, ...policy }: ArchivePolicyOfFile): GnocchiArchivePolicy {
  return {
    ...policy,
    definition: definition.map(({ granularity, timespan }) => ({
      granularity: String(granularity),
      timespan: String(timespan),
    })),
  };
}

/**
 * `resource_metadata.a.b`, or `resource_metadata.(a|(b.c)|d)` for the first that is there: the forms of JSONPath that
 * such files use.
 */
function pathsOf(expression: string): readonly (readonly string[])[] | undefined {
  const [, path] = /^resource_metadata\.(.+)$/.exec(expression.trim()) ?? [];
  const [, alternatives] = /^\((.+)\)$/.exec(path ?? '') ?? [];
  const paths = (alternatives?.split('|') ?? [path ?? '']).map((part) => part.trim().replace(/^\((.+)\)$/, '$1'));
  return paths.every((part) => /^[\w:-]+(\.[\w:-]+)*$/.test(part)) ? paths.map((part) => part.split('.')) : undefined;
}
