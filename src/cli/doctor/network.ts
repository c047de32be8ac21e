import { lookup } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import { ConsoleError } from '../../base/errors.ts';
import { readTextFile } from '../../base/read-text-file.ts';
import { socketProblem } from '../../base/socket-problem.ts';
import { parseEndpoint } from '../../rest/endpoint.ts';
import type { ConsoleOptions } from '../../rest/index.ts';
import { type Finding, failed, passed, warning } from './finding.ts';

const CONNECT_TIMEOUT = 10_000;
const DAY = 86_400_000;
const SOON = 30 * DAY;

/**
 * The way to a console before anything of REST: name, port, certificate. Ends with the first check that fails.
 * @returns whether it goes on
 */
export async function* examineNetwork(options: ConsoleOptions): AsyncGenerator<Finding, boolean> {
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
  if (open.protocol === 'https:') return yield* examineCertificate(open, options);
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
    const answer = await connect(candidate);
    if (answer === undefined) return candidate;
    problem = answer;
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

async function* examineCertificate({ hostname, port }: URL, options: ConsoleOptions): AsyncGenerator<Finding, boolean> {
  const host = withoutBrackets(hostname);
  const shown = await certificateOf(host, Number(port) || 443, options);
  if (shown instanceof Error) {
    yield failed('TLS', unreachable(options.endpoint, shown));
    return false;
  }
  const { certificate, trouble, protocol } = shown;
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
  if (trouble !== undefined) {
    const finding = failed(
      'TLS',
      untrusted(host, `${trouble}: ${facts}`),
      trustRemedy(host, Number(port) || 443, fingerprint),
    );
    if (options.tls?.insecureSkipVerify !== true) {
      yield finding;
      return false;
    }
    yield warning('TLS', `not checked: ${finding.text}`, trustRemedy(host, Number(port) || 443, fingerprint));
    return true;
  }
  if (expiry - Date.now() < SOON) {
    yield warning('TLS', `the certificate ends soon: ${facts}`, 'Renew the certificate of the console.');
  } else {
    yield passed('TLS', `trusted: ${facts}`);
  }
  return true;
}

interface ShownCertificate {
  readonly certificate: tls.PeerCertificate;
  readonly protocol: string;
  /** Why it would not be trusted, in words. */
  readonly trouble: string | undefined;
}

/** Looks at the certificate whatever it is; nothing is sent. */
function certificateOf(
  host: string,
  port: number,
  { tls: settings }: ConsoleOptions,
): Promise<ShownCertificate | Error> {
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
      const problem = socket.authorized ? identity : socket.authorizationError;
      socket.destroy();
      const trouble =
        problem === undefined || problem === null ? undefined : socketProblem(problemError(problem)).reason;
      resolve({ certificate, protocol: socket.getProtocol() ?? 'TLS', trouble });
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
  return new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', `${endpoint}: ${socketProblem(error).reason}`, {
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
