import type { ErrorCode } from '../../base/errors/error-catalog.ts';
import { ConsoleError } from '../../base/errors/errors.ts';
import { type SocketError, socketError } from '../../base/http/socket-error.ts';

const codes: Readonly<Record<SocketError['kind'], ErrorCode>> = {
  connection: 'POWERVM_CONSOLE_UNREACHABLE',
  certificate: 'POWERVM_TLS_UNTRUSTED',
  garbled: 'POWERVM_ANSWER_INVALID',
};

/** Turns what the socket layer throws into an error with a code and words. */
export function transportError(console: string, error: unknown, protocol = ''): ConsoleError {
  const { kind, reason, code } = socketError(error);
  return new ConsoleError(codes[kind], `${console}: ${reason}${schemeHint(protocol, code)}`, {
    cause: error,
    context: { console, cause: code },
  });
}

/** What is often meant when someone speaks TLS to a port that does not, or the other way round. */
function schemeHint(protocol: string, code: string): string {
  if (protocol === 'https:' && code === 'EPROTO') return '; does that port speak http:// only?';
  const isClosed = code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_');
  return protocol === 'http:' && isClosed ? '; does that port want https://?' : '';
}
