import { createRequire } from 'node:module';
import type { DiagAPI } from '@opentelemetry/api';
import { describeError } from './errors/errors.ts';

/** What a log line may carry beside its message. Values are data, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the product writes what an operator should know. The shape is pino's (`logger.warn({ console }, 'text')`),
 * so a pino logger fits as it is; any object with these four methods does.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/**
 * The default for embedders who did not pass a logger: the channel on which OpenTelemetry's own parts report problems.
 * It is silent until the program sets a logger with `diag.setLogger`, whichever copy of the API it holds.
 */
const diagLogger: Logger = {
  debug: (fields, message) => diag().debug(`otel-powervm: ${message}`, fields),
  info: (fields, message) => diag().info(`otel-powervm: ${message}`, fields),
  warn: (fields, message) => diag().warn(`otel-powervm: ${message}`, fields),
  error: (fields, message) => diag().error(`otel-powervm: ${message}`, fields),
};

/** Loaded when there is something to say: a verb that reads once and says nothing would spend a tenth of its time on it. */
function diag(): DiagAPI {
  return createRequire(import.meta.url)('@opentelemetry/api').diag;
}

/** Says nothing: for parts that are only tried out, and for tests. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/**
 * The embedder's logger, or OpenTelemetry's `diag`. A logger that throws costs its line: where we log, an exception would
 * end the polling of a system or become an unhandled rejection of the embedding program.
 */
export function loggerOf({ logger }: { readonly logger?: Logger | undefined }): Logger {
  if (!logger) return diagLogger;
  const write = (level: keyof Logger) => (fields: LogFields, message: string) => {
    try {
      logger[level](fields, message);
    } catch (error) {
      diag().error(`otel-powervm: the logger failed: ${describeError(error)}`);
    }
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
