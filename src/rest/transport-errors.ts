import { ConsoleError } from '../base/errors.ts';
import { socketProblem } from '../base/socket-problem.ts';

/** Turns what the socket layer throws into an error with a code and words. */
export function transportError(console: string, error: unknown): ConsoleError {
  const { isCertificate, reason, code } = socketProblem(error);
  return new ConsoleError(
    isCertificate ? 'POWERVM_TLS_UNTRUSTED' : 'POWERVM_CONSOLE_UNREACHABLE',
    `${console}: ${reason}`,
    { cause: error, context: { console, cause: code } },
  );
}
