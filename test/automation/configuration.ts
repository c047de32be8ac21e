import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readTextFile } from '../../src/base/files/read-text-file.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { InvalidConfiguration } from '../../src/collector/config/problems/problem.ts';
import { YamlSource } from '../../src/collector/config/reading/yaml-source.ts';
import { parseDuration } from '../../src/collector/index.ts';

const DAY = 86_400_000;

const duration = (fallback: string) =>
  z
    .preprocess(
      (value) => (typeof value === 'string' ? (parseDuration(value) ?? value) : value),
      z.number({ error: 'must be a duration such as 90s or 2h' }).positive(),
    )
    .default(parseDuration(fallback) ?? 0);

const MEBI = 1024 ** 2;
const size = (fallback: number) =>
  z
    .number()
    .positive()
    .default(fallback)
    .transform((mebibytes) => mebibytes * MEBI);
const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
const expression = z.string().transform((text, context) => {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    context.issues.push({ code: 'custom', message: 'is not a regular expression', input: text });
    return z.NEVER;
  }
});
const branches = z.array(expression).default([/^.*$/]);

const gerritSchema = z.strictObject({
  url: z.url().transform((text) => text.replace(/\/+$/, '')),
  /** host:port */
  ssh: z.string().regex(/^[^\s:]+:\d+$/, { error: 'must be host:port' }),
  /** As `ssh-keyscan HOST | ssh-keygen -lf -` prints it. */
  ssh_host_key: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, { error: 'must be SHA256:…' }),
  ssh_key_file: z.string(),
  user: z.string(),
  password: secret,
  label: z.string().default('Verified'),
  projects: z.array(z.string()).min(1),
  branches,
});

const githubSchema = z.strictObject({
  url: z
    .url()
    .transform((text) => text.replace(/\/+$/, ''))
    .default('https://api.github.com'),
  token: secret,
  webhook_secret: secret,
  /** owner/name */
  repositories: z.array(z.string().regex(/^[\w.-]+\/[\w.-]+$/)).min(1),
  branches,
});

const suiteSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,60}$/, { error: 'may have letters, digits, _ . and -' }),
  /** With the network of `sandbox.allow`; its failure is a failure of the test system. */
  prepare: z.string().optional(),
  /** Without a network. Exit 0 is +1, 1 and the breaking of a limit −1, anything else no vote. */
  test: z.string(),
  /** Left out where this machine has no such file or command. */
  requires: z.array(z.string()).default([]),
  /** Files of the workspace for the log, such as junit.xml. */
  artifacts: z.array(z.string()).default([]),
});

/** Those of otel-powervm, as far as this machine has the programs. */
const DEFAULT_SUITES = [
  {
    name: 'otel-powervm-unit',
    prepare: 'npm ci --ignore-scripts',
    test: 'npm test -- --reporter=default --reporter=junit --outputFile.junit=junit.xml',
    artifacts: ['junit.xml', 'coverage/coverage-summary.json'],
  },
  {
    name: 'otel-powervm-tempest',
    requires: ['tempest', '/etc/tempest/tempest.conf'],
    test: 'tempest run --config-file /etc/tempest/tempest.conf --regex telemetry',
  },
];

const sandboxSchema = z.strictObject({
  prepare_time: duration('15m'),
  test_time: duration('1h'),
  memory_mib: size(4096),
  disk_mib: size(4096),
  processes: z.number().int().positive().default(512),
  cpus: z.number().positive().default(2),
  /** The only places that `prepare` reaches, host:port. */
  allow: z.array(z.string().regex(/^[^\s:]+:\d+$/)).default([]),
  /** Read-only places that programs are in, besides /usr. */
  read_only: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  /** User ids from here on are no one's else; used where the server runs as root. */
  first_uid: z.number().int().min(1000).default(61_000),
  /** Paths that are taken from the target branch whatever the change says: how the change is tested. */
  protected_paths: z.array(z.string()).default(['.ci']),
});

const fileSchema = z.strictObject({
  name: z.string().default('otel-powervm CI'),
  contact: z.string().default(''),
  state: z.string(),
  listen: z.string().default('127.0.0.1:8090'),
  /** Where readers of the votes reach `listen`. */
  public_url: z.url().transform((text) => text.replace(/\/+$/, '')),
  dry_run: z.boolean().default(false),
  concurrency: z.number().int().positive().default(1),
  attempts: z.number().int().positive().default(3),
  retry_pause: duration('5m'),
  catch_up_interval: duration('5m'),
  drain_time: duration('1m'),
  recheck: expression.default(/^recheck(?: powervm)?$/),
  gerrit: gerritSchema.optional(),
  github: githubSchema.optional(),
  suites: z
    .array(suiteSchema)
    .min(1)
    .default(DEFAULT_SUITES.map((suite) => suiteSchema.parse(suite))),
  sandbox: sandboxSchema.prefault({}),
  logs: z
    .strictObject({
      keep_days: z.number().positive().default(35),
      console_mib: size(50),
      artifact_mib: size(10),
      /** Where they are written, for a web server that serves them there; `logs` of `state` without it. */
      directory: z.string().optional(),
    })
    .prefault({})
    .transform(({ keep_days, ...rest }) => ({ ...rest, keep: keep_days * DAY })),
  /** Own metrics by OTLP/HTTP. */
  telemetry: z.strictObject({ endpoint: z.url(), interval: duration('1m') }).optional(),
});

export type Configuration = z.output<typeof fileSchema>;
export type GerritConfiguration = z.output<typeof gerritSchema>;
export type GitHubConfiguration = z.output<typeof githubSchema>;
export type SuiteConfiguration = z.output<typeof suiteSchema>;
export type SandboxConfiguration = z.output<typeof sandboxSchema>;

/**
 * Reads `automation.yaml`; `${env:NAME}` and `${file:/path}` are expanded as in the configuration of the collector.
 * @throws {InvalidConfiguration} with every problem and its line
 * @throws {ConfigurationError} `POWERVM_CONFIG_UNREADABLE`
 */
export function loadConfiguration(file: string, environment: NodeJS.ProcessEnv = process.env): Configuration {
  return parseConfiguration(readTextFile(file), file, environment);
}

/** @throws {InvalidConfiguration} */
export function parseConfiguration(
  text: string,
  file: string,
  environment: NodeJS.ProcessEnv,
  readFile: (path: string) => string = readTextFile,
): Configuration {
  const source = new YamlSource(text);
  if (source.syntaxProblem) throw new InvalidConfiguration(file, [source.syntaxProblem]);
  const { content, problems } = source.expand({ environment, readFile });
  const result = fileSchema.safeParse(content);
  const invalid = (result.error?.issues ?? []).map(({ path: at, message }) => {
    const place = at.map((part) => (typeof part === 'number' ? part : String(part)));
    return { ...source.positionOf(place), path: place, message };
  });
  if (problems.length + invalid.length > 0) throw new InvalidConfiguration(file, [...problems, ...invalid]);
  const configuration = fileSchema.parse(content);
  if (!configuration.gerrit && !configuration.github)
    throw new InvalidConfiguration(file, [
      { line: 1, column: 1, path: [], message: 'names neither gerrit nor github' },
    ]);
  return configuration;
}

/** Every secret of the configuration, to be taken out of logs. */
export function secretsOf({ gerrit, github }: Configuration): readonly string[] {
  return [gerrit?.password, github?.token, github?.webhook_secret].flatMap((value) => (value ? [value.reveal()] : []));
}

/** The suites that this machine has the programs for, and the names of those that it lacks them for. */
export function runnableSuites(suites: readonly SuiteConfiguration[]): {
  readonly runnable: readonly SuiteConfiguration[];
  readonly lacking: readonly string[];
} {
  const places = (process.env.PATH ?? '').split(':');
  const has = (name: string) => places.some((place) => existsSync(path.resolve(place, name)));
  const runnable = suites.filter(({ requires }) => requires.every(has));
  return { runnable, lacking: suites.filter((suite) => !runnable.includes(suite)).map(({ name }) => name) };
}
