import { type ErrorCode, errorCatalog } from '../../../base/errors/error-catalog.ts';
import type { Explanation } from './explain.ts';
import { type ConfigPath, type ConfigProblem, formatProblem, InvalidConfiguration } from './problem.ts';

/** Where a configuration was read from: what is found out about it later is reported with its place, too. */
export interface ConfigOrigin {
  readonly file: string;
  readonly positionOf: (path: ConfigPath) => Pick<ConfigProblem, 'file' | 'line' | 'column'>;
}

const origins = new WeakMap<object, ConfigOrigin>();
const NOWHERE: ConfigOrigin = { file: 'the configuration', positionOf: () => ({ line: 1, column: 1 }) };

export function rememberOrigin(config: object, origin: ConfigOrigin): void {
  origins.set(config, origin);
}

/** Something about a configuration that shows when its components are made. */
export interface PlacedExplanation extends Explanation {
  /** Default `POWERVM_CONFIG_INVALID`. */
  readonly code?: ErrorCode;
}

/** The same as for what the reading of the file finds: every problem, each with its place. */
export function invalidConfiguration(config: object, explanations: readonly PlacedExplanation[]): InvalidConfiguration {
  const { file, positionOf } = origins.get(config) ?? NOWHERE;
  const problems = explanations.map(({ path, message, code }) => ({
    ...positionOf(path),
    path,
    message: code === undefined || code === 'POWERVM_CONFIG_INVALID' ? message : withRemedy(message, code),
  }));
  const [code, ...others] = new Set(explanations.map((explanation) => explanation.code ?? 'POWERVM_CONFIG_INVALID'));
  return new InvalidConfiguration(file, problems, others.length === 0 ? code : undefined);
}

/** One line for a warning, with its place. */
export function placedLine(config: object, { path, message }: Explanation): string {
  const { file, positionOf } = origins.get(config) ?? NOWHERE;
  const problem: ConfigProblem = { ...positionOf(path), path, message };
  return formatProblem(file, problem);
}

function withRemedy(message: string, code: ErrorCode): string {
  return `${message.replace(/\.$/, '')}. ${errorCatalog[code].remedy} [${code}]`;
}
