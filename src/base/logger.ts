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

/** Says nothing: the default for embedders who did not pass a logger. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
