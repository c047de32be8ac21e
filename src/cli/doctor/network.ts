import { lookup } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import { ConsoleError } from '../../base/errors/errors.ts';
import { readTextFile } from '../../base/files/read-text-file.ts';
import { socketError } from '../../base/http/socket-error.ts';
import { parseEndpoint } from '../../rest/endpoint.ts';
import type { ConsoleOptions } from '../../rest/index.ts';
import { type CheckResult, failed, passed, warning } from '../checks/check-result.ts';

const CONNECT_TIMEOUT = 10_000;
const DAY = 86_400_000;
const CERTIFICATE_WARNING_MS = 30 * DAY;

/**
 * The connection to a console before any REST request: name, port, certificate. Ends with the first check that fails.
 * @returns whether it continues
 */
export async function* checkNetwork(options: ConsoleOptions): AsyncGenerator<CheckResult, boolean> {
  const { address, candidates, text, isLoopback } = parseEndpoint(options.endpoint, options.allowClearText === true);
  if (options.proxy) {
    yield passed(
      'network',
      `${text} is reached through a proxy: name, port and certificate are not looked at from here`,
    );
    return true;
  }
  const addresses = await addressesOf(address);
  if (addresses instanceof Error) {
    yield failed('name', unreachable(text, addresses));
    return false;
  }
  yield passed('name', net.isIP(address) === 0 ? `${address} is ${addresses.join(', ')}` : `${address} is an address`);
  const open = await firstOpen(candidates.map((candidate) => new URL(candidate)));
  if (open instanceof Error) {
    yield failed('port', unreachable(text, open));
    return false;
  }
  yield passed('port', `${address} takes connections at port ${open.port}`);
  if (open.protocol === 'https:') return yield* checkCertificate(open, options);
  if (isLoopback) yield passed('TLS', 'none: it does not leave this machine');
  else yield warning('TLS', 'clear text: whoever sits in between reads the password', 'Use https://.');
  return true;
}

async function addressesOf(host: string): Promise<readonly string[] | Error> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    return asError(error);
  }
}

/** The ports of a console in the order in which the product tries them. */
async function firstOpen(candidates: readonly URL[]): Promise<URL | Error> {
  let problem = new Error('no port to try');
  for (const candidate of candidates) {
    const response = await connect(candidate);
    if (response === undefined) return candidate;
    problem = response;
  }
  return problem;
}

function connect({ hostname, port, protocol }: URL): Promise<Error | undefined> {
  const number = Number(port) || (protocol === 'https:' ? 443 : 80);
  return new Promise((resolve) => {
    const socket = net.connect({ host: withoutBrackets(hostname), port: number, timeout: CONNECT_TIMEOUT });
    const end = (problem?: Error) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT' })));
    socket.once('error', end);
  });
}

async function* checkCertificate(
  { hostname, port }: URL,
  options: ConsoleOptions,
): AsyncGenerator<CheckResult, boolean> {
  const host = withoutBrackets(hostname);
  const shown = await certificateOf(host, Number(port) || 443, options);
  if (shown instanceof Error) {
    yield failed('TLS', unreachable(options.endpoint, shown));
    return false;
  }
  const { certificate, problem, protocol } = shown;
  const fingerprint = certificate.fingerprint256;
  const expiry = Date.parse(certificate.valid_to);
  const facts = `${protocol}, certificate of ${certificate.subject?.CN ?? 'nobody'} by ${certificate.issuer?.CN ?? 'itself'}, valid until ${new Date(expiry).toISOString().slice(0, 10)}, SHA-256 ${fingerprint}`;
  const pins = [options.tls?.fingerprint ?? []].flat().map((pin) => pin.replaceAll(':', '').toUpperCase());
  if (pins.length > 0) {
    const isPinned = pins.includes(fingerprint.replaceAll(':', ''));
    if (isPinned) yield passed('TLS', `the pinned certificate: ${facts}`);
    else yield failed('TLS', untrusted(host, `the certificate is not the pinned one: ${facts}`));
    return isPinned;
  }
  if (problem !== undefined) {
    const result = failed(
      'TLS',
      untrusted(host, `${problem}: ${facts}`),
      trustRemedy(host, Number(port) || 443, fingerprint),
    );
    if (options.tls?.insecureSkipVerify !== true) {
      yield result;
      return false;
    }
    yield warning('TLS', `not checked: ${result.text}`, trustRemedy(host, Number(port) || 443, fingerprint));
    return true;
  }
  if (expiry - Date.now() < CERTIFICATE_WARNING_MS) {
    yield warning('TLS', `the certificate ends soon: ${facts}`, 'Renew the certificate of the console.');
  } else {
    yield passed('TLS', `trusted: ${facts}`);
  }
  return true;
}

interface ServerCertificate {
  readonly certificate: tls.PeerCertificate;
  readonly protocol: string;
  /** Why it would not be trusted, in words. */
  readonly problem: string | undefined;
}

/** Looks at the certificate whatever it is; nothing is sent. */
function certificateOf(
  host: string,
  port: number,
  { tls: settings }: ConsoleOptions,
): Promise<ServerCertificate | Error> {
  const ca = settings?.caFile === undefined ? settings?.ca : readTextFile(settings.caFile);
  return new Promise((resolve) => {
    const socket = tls.connect({
      host,
      port,
      rejectUnauthorized: false,
      servername: settings?.serverNameOverride ?? (net.isIP(host) === 0 ? host : ''),
      minVersion: settings?.minVersion ?? 'TLSv1.2',
      timeout: CONNECT_TIMEOUT,
      ...(ca === undefined ? {} : { ca }),
      ...(settings?.ciphers === undefined ? {} : { ciphers: settings.ciphers }),
    });
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate();
      const identity = tls.checkServerIdentity(settings?.serverNameOverride ?? host, certificate);
      const failure = socket.authorized ? identity : socket.authorizationError;
      socket.destroy();
      const problem = failure === undefined || failure === null ? undefined : socketError(problemError(failure)).reason;
      resolve({ certificate, protocol: socket.getProtocol() ?? 'TLS', problem });
    });
    socket.once('timeout', () => {
      // Otherwise a peer that says nothing would keep the process alive.
      socket.destroy();
      resolve(Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT' }));
    });
    socket.once('error', resolve);
  });
}

/** Node gives the code of what is wrong with a certificate as a text or as an error. */
function problemError(problem: Error | string): Error {
  return problem instanceof Error ? problem : Object.assign(new Error(problem), { code: problem });
}

function trustRemedy(host: string, port: number, fingerprint: string): string {
  return [
    'Compare the fingerprint on the console, then pin it',
    `(tls: { fingerprint: '${fingerprint}' } in the configuration),`,
    'or save the certificate and pass it with --ca-file:',
    `openssl s_client -connect ${host}:${port} </dev/null | openssl x509 > console.pem`,
  ].join(' ');
}

function unreachable(endpoint: string, error: Error): ConsoleError {
  return new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', `${endpoint}: ${socketError(error).reason}`, {
    cause: error,
  });
}

function untrusted(host: string, reason: string): ConsoleError {
  return new ConsoleError('POWERVM_TLS_UNTRUSTED', `${host}: ${reason}`);
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
