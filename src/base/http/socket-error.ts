import { describeError } from '../errors/errors.ts';

/** What is wrong with a certificate, in words, by the code that Node gives. */
const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed and not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from a private certificate authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from a certificate authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from a certificate authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from a certificate authority that is not known here',
  CERT_HAS_EXPIRED: 'the certificate has expired, or the clock of this machine is wrong',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet, or the clock of this machine is wrong',
  CERT_REVOKED: 'the certificate was revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of the certificate is wrong',
  CERT_UNTRUSTED: 'the certificate is not trusted',
  CERT_REJECTED: 'the certificate was rejected',
  INVALID_CA: 'the certificate authority is not valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
};

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up just now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EPROTO: 'what listens there does not speak TLS as expected',
  ETIMEDOUT: 'no answer came in time',
};

/** What kept a request from becoming a response. */
export interface SocketError {
  readonly kind: 'connection' | 'certificate' | 'garbled';
  /** In words, without the name of the server. */
  readonly reason: string;
  /** Node's code of the innermost error; empty when there is none. */
  readonly code: string;
}

/** Explains what the socket layer throws. */
export function socketError(error: unknown): SocketError {
  const code = socketErrorCode(error);
  const certificateProblem = certificateProblems[code];
  if (certificateProblem !== undefined) {
    return { kind: 'certificate', reason: `${certificateProblem} (${code})`, code };
  }
  // Its message has the fingerprint, for the operator to compare and pin.
  if (code === 'ERR_TLS_FINGERPRINT') return { kind: 'certificate', reason: describeError(error), code };
  if (code.startsWith('HPE_')) {
    return { kind: 'garbled', reason: `what listens there does not speak HTTP as expected (${code})`, code };
  }
  if (/^(Z_|ERR__ERROR|ERR_BROTLI)/.test(code)) {
    return { kind: 'garbled', reason: `the answer cannot be decompressed (${code})`, code };
  }
  return { kind: 'connection', reason: connectionProblems[code] ?? describeError(error), code };
}

/** Node's code, empty when there is none. Libraries wrap the socket's error; the first code from outside says most. */
export function socketErrorCode(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') {
      return current.code.startsWith('ERR_SSL') ? 'EPROTO' : current.code;
    }
  }
  return '';
}
