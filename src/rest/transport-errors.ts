import type { ErrorCode } from '../base/error-catalog.ts';
import { ConsoleError } from '../base/errors.ts';
import { type SocketProblem, socketProblem } from '../base/socket-problem.ts';

const codes: Readonly<Record<SocketProblem['kind'], ErrorCode>> = {
  connection: 'POWERVM_CONSOLE_UNREACHABLE',
  certificate: 'POWERVM_TLS_UNTRUSTED',
  garbled: 'POWERVM_ANSWER_INVALID',
};

/** Turns what the socket layer throws into an error with a code and words. */
export function transportError(console: string, error: unknown): ConsoleError {
  const { kind, reason, code } = socketProblem(error);
  return new ConsoleError(codes[kind], `${console}: ${reason}`, { cause: error, context: { console, cause: code } });
}
