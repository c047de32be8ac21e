import { RE2JS } from 're2js';
import { z } from 'zod';
import { isFingerprint } from '../../../base/http/fingerprint.ts';
import { nearest } from '../../../base/text/nearest-word.ts';
import { listMetrics } from '../../../metrics/index.ts';
import { hasPath, withScheme } from '../../../rest/index.ts';
import { faultPresets } from '../../../simulator/faults/preset-names.ts';
import { attributesOfGroups, problemOfAttributeName } from './attribute-names.ts';
import { proxySchema } from './proxy.ts';
import {
  attributes,
  countingNumber,
  duration,
  flag,
  milliseconds,
  positiveDuration,
  tlsVersion,
  wholeNumber,
} from './values.ts';

/** A regular expression of re2: linear time, whatever the name that it looks at. */
const expression = z.string().refine(isExpression, { error: 'is not a regular expression that re2 understands' });

const systemFilter = z.union([
  expression,
  z.strictObject({
    name: expression.optional(),
    mtms: expression.optional(),
    id: expression.optional(),
    state: expression.optional(),
  }),
]);

const partitionFilter = z.union([
  expression,
  z.strictObject({
    name: expression.optional(),
    mtms: expression.optional(),
    id: expression.optional(),
    type: expression.optional(),
    state: expression.optional(),
  }),
]);

/** Regular expressions whose named groups become attributes; one may stand without a list. */
const groupExpressions = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(expression.refine(namesGroup, { error: 'names no group: (?<environment>[a-z]+), for example' })).default([]),
);

const FINGERPRINT_WORDS = 'must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons';
const fingerprint = z.string({ error: FINGERPRINT_WORDS }).refine(isFingerprint, { error: FINGERPRINT_WORDS });

const consoleTls = z
  .strictObject({
    ca_file: z.string().optional(),
    fingerprint: z.union([fingerprint, z.array(fingerprint).min(1)]).optional(),
    server_name_override: z.string().optional(),
    min_version: tlsVersion.optional(),
    ciphers: z.string().optional(),
    insecure_skip_verify: flag.default(false),
  })
  .refine(({ fingerprint: pinned, ca_file, insecure_skip_verify }) => !pinned || !(ca_file || insecure_skip_verify), {
    error: 'a certificate is either pinned, or from an authority, or not checked at all',
  });

const simulator = z.strictObject({
  systems: countingNumber.pipe(z.int().max(200)).default(1),
  lpars: wholeNumber.pipe(z.int().max(10_000)).default(12),
  vioses: wholeNumber.pipe(z.int().max(16)).default(2),
  seed: z.string().default('otel-powervm'),
  guest_memory: flag.default(true),
  scenario: z.string().optional(),
  fault: z.enum(faultPresets).optional(),
});

const console = z
  .strictObject({
    endpoint: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    password_file: z.string().optional(),
    tls: consoleTls.optional(),
    proxy: proxySchema.optional(),
    allow_clear_text: flag.default(false),
    connect_timeout: positiveDuration.default('10s'),
    read_timeout: positiveDuration.default('3m'),
    max_requests_per_minute: wholeNumber.pipe(z.int().min(1)).default(1200),
    max_answer_bytes: wholeNumber.pipe(z.int().min(1)).default(33_554_432),
    group: z.string().min(1).optional(),
    simulator: simulator.optional(),
  })
  .superRefine((value, context) => {
    const problem = consoleProblem(value);
    if (problem) context.addIssue({ code: 'custom', ...problem });
  });

const metricNames = new Set(listMetrics().map(({ name }) => name));

const metricName = z.string().refine((name) => metricNames.has(name), {
  error: ({ input }) => {
    const meant = nearest(String(input), metricNames);
    const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`;
    return `there is no such metric${suggestion} (otel-powervm metrics lists them)`;
  },
});

/** `metrics.<name>.enabled`, for the metrics of the catalog. */
const metricSwitches = z.record(metricName, z.strictObject({ enabled: flag }));

/** PCM has a sample every half minute; the shortest is for tests, and the budget of requests holds for all. */
const collectionInterval = duration.refine((text) => milliseconds(text) >= 1_000 && milliseconds(text) <= 86_400_000, {
  error: 'must be between 1s and 24h; PCM takes a sample every 30s and keeps them for 30 minutes',
});

/** Which part of the consoles this collector reads, where others read the rest. */
const shard = z
  .strictObject({ index: wholeNumber, count: countingNumber.pipe(z.int().max(1_000)) })
  .refine(({ index, count }) => index < count, { path: ['index'], error: 'must be below count: the first shard is 0' });

/** Which extension the collectors agree by, where several share the consoles. */
const fleet = z.strictObject({ storage: z.string().min(1) });

/** `receivers.powervm`. */
export const receiverSchema = z
  .strictObject({
    collection_interval: collectionInterval.default('30s'),
    consoles: z.array(console).min(1, { error: 'must name at least one console' }),
    shard: shard.optional(),
    fleet: fleet.optional(),
    systems: z
      .strictObject({ include: z.array(systemFilter).default([]), exclude: z.array(systemFilter).default([]) })
      .prefault({}),
    partitions: z
      .strictObject({ include: z.array(partitionFilter).default([]), exclude: z.array(partitionFilter).default([]) })
      .prefault({}),
    metrics: metricSwitches.default({}),
    attributes: attributes.default({}),
    attributes_from: z
      .strictObject({ system_name: groupExpressions.default([]), lpar_name: groupExpressions.default([]) })
      .prefault({}),
    resource_attributes: z.enum(['identity', 'names', 'description']).default('names'),
    service_attributes: flag.default(false),
    max_series: wholeNumber.optional(),
    adapter_attributes: z.array(z.string()).default([]),
    trunk_adapters: flag.default(false),
    pcm: z.strictObject({ enable: flag.default(false) }).prefault({}),
    openstack: z.string().optional(),
  })
  .refine(({ shard: fixed, fleet: shared }) => !fixed || !shared, {
    path: ['shard'],
    error: 'consoles are shared either by shards or by a fleet',
  })
  .refine(({ fleet: shared, consoles }) => !shared || consoles.every(({ simulator: played }) => !played), {
    path: ['fleet'],
    error: 'members of a fleet need consoles with an endpoint: a simulator of its own nobody else could read',
  })
  .superRefine(({ attributes, attributes_from }, context) => {
    const names: string[] = [];
    const check = (name: string, path: readonly (string | number)[]) => {
      const problem = problemOfAttributeName(name, names);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [...path], message: problem });
      names.push(name);
    };
    for (const name of Object.keys(attributes)) check(name, ['attributes', name]);
    for (const key of ['system_name', 'lpar_name'] as const) {
      for (const [index, text] of attributes_from[key].entries()) {
        // An invalid expression is reported already.
        for (const name of isExpression(text) ? attributesOfGroups(text) : [])
          check(name, ['attributes_from', key, index]);
      }
    }
  });

export type ReceiverConfig = z.output<typeof receiverSchema>;
export type ConsoleConfig = ReceiverConfig['consoles'][number];
export type SystemFilter = ReceiverConfig['systems']['include'][number];
export type PartitionFilter = ReceiverConfig['partitions']['include'][number];

interface ConsoleChoices {
  readonly endpoint?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly password_file?: string | undefined;
  readonly simulator?: unknown;
}

function consoleProblem(value: ConsoleChoices): { path: string[]; message: string } | undefined {
  if (value.simulator !== undefined) {
    return value.endpoint === undefined
      ? undefined
      : { path: ['endpoint'], message: 'a console is either an endpoint or a simulator' };
  }
  if (value.endpoint === undefined) return { path: [], message: 'needs an endpoint: https://host[:port]' };
  const endpoint = withScheme(value.endpoint);
  if (!/^https?:\/\/[^/]/i.test(endpoint) || !URL.canParse(endpoint)) {
    return { path: ['endpoint'], message: 'must be https://host[:port]' };
  }
  const url = new URL(endpoint);
  if (hasPath(url)) {
    return { path: ['endpoint'], message: `must be a console alone, without a path: ${url.protocol}//${url.host}` };
  }
  if (value.password !== undefined && value.password_file !== undefined) {
    return { path: ['password_file'], message: 'there is a password already: give one of the two' };
  }
  const hasPassword = value.password !== undefined || value.password_file !== undefined;
  if (hasPassword && value.username === undefined) return { path: [], message: 'has a password and no username' };
  if (!hasPassword && value.username !== undefined) {
    return { path: ['username'], message: 'needs a password or password_file beside it' };
  }
  return undefined;
}

/** An invalid expression is reported already. */
function namesGroup(text: string): boolean {
  return !isExpression(text) || Object.keys(RE2JS.compile(text).namedGroups()).length > 0;
}

function isExpression(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}
