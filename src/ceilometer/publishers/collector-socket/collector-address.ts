import { ExportError } from '../../../base/errors/errors.ts';
import { socketError } from '../../../base/http/socket-error.ts';

/** Of Ceilometer's collector. */
const DEFAULT_PORT = 4952;

/** Who takes datagrams or a stream of samples. */
export interface CollectorAddress {
  /** For messages: `udp://host:4952`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export function collectorAddress(url: URL): CollectorAddress {
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return { name: `${url.protocol}//${url.hostname}:${port}`, host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** What a socket threw, as an error that is worth another try. */
export function unreachable({ name }: CollectorAddress, error: unknown): ExportError {
  return new ExportError('POWERVM_EXPORT_FAILED', `${name}: ${socketError(error).reason}`, {
    cause: error,
    context: { publisher: name },
  });
}
