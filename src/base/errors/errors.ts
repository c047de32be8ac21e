import { type ErrorCode, errorCatalog } from './error-catalog.ts';

/** Where an error happened: console, system, document, path and the like. Never a secret. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | undefined>>;

export interface PowerVmErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/**
 * The root of every error this package throws. `message` says what happened and where in one line, `code` is stable
 * and documented in `docs/errors.md`, `context` is for programs, `remedy` says what the operator can do.
 */
export class PowerVmError extends Error {
  override readonly name: string = 'PowerVmError';
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: PowerVmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
  }

  get remedy(): string {
    return errorCatalog[this.code].remedy;
  }
}

/** A problem on the way to a console, with its session or with its response. */
export class ConsoleError extends PowerVmError {
  override readonly name = 'ConsoleError';
}

/** A document of PCM that cannot be read as what it claims to be. */
export class PcmDocumentError extends PowerVmError {
  override readonly name = 'PcmDocumentError';
}

/** A question to the inspector about something that is not there. */
export class InspectorError extends PowerVmError {
  override readonly name = 'InspectorError';
}

/** A wrong option of an embedding program or a wrong place in a configuration file. */
export class ConfigurationError extends PowerVmError {
  override readonly name = 'ConfigurationError';
}

/** What no later try can mend: the data themselves are not wanted. */
const PERMANENT_EXPORT_CODES: ReadonlySet<ErrorCode> = new Set(['POWERVM_EXPORT_REFUSED', 'POWERVM_SAMPLE_INVALID']);
/** Codes of errors that need a correction of a token, an address or a gateway. */
const CORRECTABLE_EXPORT_CODES: ReadonlySet<ErrorCode> = new Set(['POWERVM_EXPORT_DENIED', 'POWERVM_EXPORT_ANSWER']);

/** An exporter that could not deliver. */
export class ExportError extends PowerVmError {
  override readonly name = 'ExportError';

  /** Whether trying the same data again cannot help. */
  get permanent(): boolean {
    return PERMANENT_EXPORT_CODES.has(this.code);
  }

  /** Whether it lasts until someone corrects something: to be retried slowly. */
  get needsCorrection(): boolean {
    return CORRECTABLE_EXPORT_CODES.has(this.code);
  }
}

/** A problem with an OpenStack service: on the way to it, with its authentication, or with its response. */
export class OpenStackError extends PowerVmError {
  override readonly name = 'OpenStackError';
}

/** The text of anything that was thrown, on one line and without a stack trace. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
