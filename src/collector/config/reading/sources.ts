import { parse, stringify } from 'yaml';
import { ConfigurationError } from '../../../base/errors/errors.ts';
import { type ConfigPath, type ConfigProblem, InvalidConfiguration } from '../problems/problem.ts';
import type { ExpansionSource } from './expansion.ts';
import { YamlSource } from './yaml-source.ts';

/** A configuration as it is written: a file, or a `--set`. */
export interface ConfigText {
  readonly name: string;
  readonly text: string;
}

interface Layer {
  readonly name: string;
  readonly yaml: YamlSource;
}

/** Texts that are one configuration: later ones add to earlier ones and replace what both have; lists are replaced whole. */
export class ConfigSources {
  readonly #layers: readonly Layer[];

  /** @throws {InvalidConfiguration} for a text that is no YAML */
  constructor(texts: readonly ConfigText[]) {
    this.#layers = texts.map(({ name, text }) => ({ name, yaml: new YamlSource(text) }));
    for (const { name, yaml } of this.#layers) {
      if (yaml.syntaxProblem) throw new InvalidConfiguration(name, [yaml.syntaxProblem]);
    }
  }

  /** The first, for messages about the whole. */
  get name(): string {
    return this.#layers[0]?.name ?? '';
  }

  expand(source: ExpansionSource): { readonly content: unknown; readonly problems: readonly ConfigProblem[] } {
    const expanded = this.#layers.map(({ name, yaml }) => {
      const { content, problems } = yaml.expand(source);
      return { content, problems: problems.map((problem) => ({ ...problem, file: name })) };
    });
    return {
      content: expanded.map(({ content }) => content).reduce(merged),
      problems: expanded.flatMap(({ problems }) => problems),
    };
  }

  /** Where the value at `path` stands, in the last text that has it, or the nearest one around it. */
  positionOf(path: ConfigPath): { readonly file: string; readonly line: number; readonly column: number } {
    for (let length = path.length; length > 0; length -= 1) {
      for (const { name, yaml } of [...this.#layers].reverse()) {
        const place = yaml.placeOf(path.slice(0, length));
        if (place) return { file: name, ...place };
      }
    }
    return { file: this.name, line: 1, column: 1 };
  }
}

/**
 * `--set key=value` as a text of its own. Parts of the key are joined by `.`, or by `::` where a part has dots itself, such as the
 * name of a metric; the value is YAML.
 * @throws {ConfigurationError} `POWERVM_USAGE`
 */
export function settingText(setting: string): ConfigText {
  const [, key = '', text = ''] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  const parts = key.split(key.includes('::') ? '::' : '.');
  if (key === '' || parts.includes('')) {
    throw new ConfigurationError(
      'POWERVM_USAGE',
      '--set: it must be KEY=VALUE, such as service.telemetry.logs.level=debug',
    );
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    throw new ConfigurationError('POWERVM_USAGE', `--set ${key}: the value is no YAML`);
  }
  const nested = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  return { name: `--set ${key}`, text: stringify(nested) };
}

function merged(before: unknown, after: unknown): unknown {
  if (!isMap(before) || !isMap(after)) return after === undefined || after === null ? before : after;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in after ? (key in before ? merged(before[key], after[key]) : after[key]) : before[key],
    ]),
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
