import { describeError, ExportError } from '../../../base/errors/errors.ts';
import { socketError } from '../../../base/http/socket-error.ts';

/** Of AMQP 0-9-1. */
export const NOT_FOUND = 404;
export const ACCESS_REFUSED = 403;

export function failure(broker: string, reason: string, cause?: unknown): ExportError {
  return new ExportError('POWERVM_EXPORT_FAILED', `message broker ${broker}: ${reason}`, {
    cause,
    context: { broker },
  });
}

export function amqpCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

export function handshakeProblem(error: unknown, username: string, virtualHost: string): string {
  const text = describeError(error);
  if (text.includes('ACCESS-REFUSED') || text.includes('ACCESS_REFUSED')) {
    return `it refuses user ${username} or the password (virtual host ${virtualHost})`;
  }
  // What the library says when the broker refuses the last step, which is to open the virtual host.
  if (text.includes('ConnectionOpenOk')) {
    return `there is no virtual host ${virtualHost}, or user ${username} may not use it`;
  }
  return socketError(error).reason;
}

export function topologyProblem(error: unknown): string {
  const text = describeError(error);
  switch (amqpCode(error)) {
    case ACCESS_REFUSED:
      return `the user may not declare exchange or queue: ${text}`;
    case 406:
      return `exchange or queue exist with other properties (see amqp_durable_queues and rabbit_quorum_queue): ${text}`;
    default:
      return text;
  }
}
