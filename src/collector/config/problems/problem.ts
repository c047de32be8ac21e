import type { ErrorCode } from '../../../base/errors/error-catalog.ts';
import { ConfigurationError } from '../../../base/errors/errors.ts';

/** A path into the configuration: keys and indexes. */
export type ConfigPath = readonly (string | number)[];

/** One mistake in a configuration file. */
export interface ConfigProblem {
  /** Where a configuration has several. */
  readonly file?: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly path: ConfigPath;
  readonly message: string;
}

/** `otel-config.yaml:12:5  receivers.powervm.colection_interval: unknown key; did you mean …` */
export function formatProblem(whole: string, { file = whole, line, column, path, message }: ConfigProblem): string {
  const place = pathText(path);
  return `${file}:${line}:${column}  ${place === '' ? '' : `${place}: `}${message}`;
}

/** `receivers.powervm.consoles[0].tls` */
function pathText(path: ConfigPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** All problems of a file at once. `problems` is in the order of the file. */
export class InvalidConfiguration extends ConfigurationError {
  readonly problems: readonly ConfigProblem[];
  readonly lines: readonly string[];

  /** @param code of all of them, where it is a more special one */
  constructor(file: string, problems: readonly ConfigProblem[], code: ErrorCode = 'POWERVM_CONFIG_INVALID') {
    const sorted = [...problems].sort(
      (left, right) =>
        (left.file ?? '').localeCompare(right.file ?? '') || left.line - right.line || left.column - right.column,
    );
    const lines = sorted.map((problem) => formatProblem(file, problem));
    super(code, lines.join('; '), { context: { file, problems: lines.length } });
    this.problems = sorted;
    this.lines = lines;
  }
}
