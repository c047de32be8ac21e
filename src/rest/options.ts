import type { Clock } from '../base/clock/clock.ts';
import { ConfigurationError } from '../base/errors/errors.ts';
import type { PinnableTlsOptions } from '../base/http/connection-agents.ts';
import type { HttpResponse } from '../base/http/http-client.ts';
import type { ProxyOptions } from '../base/http/proxy-tunnel.ts';
import { tlsRules } from '../base/http/tls-options.ts';
import type { Logger } from '../base/logger.ts';
import {
  anyOf,
  callback,
  checkOptions,
  clockRule,
  flag,
  fullText,
  group,
  listOf,
  loggerRule,
  milliseconds,
  type OptionRules,
  objectWith,
  required,
  secret,
  text,
  wholeNumber,
} from '../base/options/option-rules.ts';
import type { Secret } from '../base/secrets/secret.ts';
import type { RequestKind, RequestObservation } from './model.ts';
import type { SessionStore } from './session/session-store.ts';

/** How to reach a console, with which credentials, and how gently. */
export interface ConsoleOptions {
  /** `https://host[:port]`. Without a port 443 and then 12443 are tried. */
  readonly endpoint: string;
  /** Without user name and password the file authentication of NovaLink is used, on the NovaLink partition itself. */
  readonly username?: string;
  readonly password?: string | Secret | (() => Promise<string>);
  readonly tls?: PinnableTlsOptions;
  /** HTTP proxy for the console. Default none; environment variables are not used. */
  readonly proxy?: ProxyOptions;
  /** Allows http:// to another machine. Default false. */
  readonly allowClearText?: boolean;
  /** Milliseconds until a connection stands. Default 10,000. */
  readonly connectTimeout?: number;
  /** Milliseconds without a byte of a response. Default 180,000: big consoles take their time for inventory. */
  readonly readTimeout?: number;
  /** Requests at a time. Default 2. */
  readonly maxConcurrentRequests?: number;
  /** Requests in any minute; those beyond wait. Default 1,200, enough for sixty frames. */
  readonly maxRequestsPerMinute?: number;
  /** Largest answer after decompression, in bytes. Default 32 MiB. */
  readonly maxResponseBytes?: number;
  /** How often a logon is tried while the REST service of the console is still starting. Default 3. */
  readonly logonTries?: number;
  /**
   * Where the open session is written down, so that the next run continues with that of a crashed one or ends it.
   * Default: nowhere, and a crash leaves the session behind. One memory may serve many consoles; two processes must not
   * share one.
   */
  readonly sessionStore?: SessionStore;
  /** The console refused these credentials before: it is not asked again, since repeated refusals lock the account. */
  readonly wasRefused?: boolean;
  /** Shown in the audit log of the console. Default `otel-powervm`. */
  readonly auditMemento?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Called after every HTTP request. Must not throw. */
  readonly onRequest?: (observation: RequestObservation) => void;
  /**
   * Asked right before every request but a logoff. What it throws is thrown instead of the request: for programs that may
   * lose the right to read the console at any moment.
   */
  readonly beforeRequest?: () => void;
  /** Called with every full response, for recording. Must not throw. */
  readonly onResponse?: (
    request: { readonly kind: RequestKind; readonly method: string; readonly path: string },
    response: HttpResponse,
  ) => void;
}

const consoleRules: OptionRules<ConsoleOptions> = {
  endpoint: required(fullText),
  username: fullText,
  password: anyOf(fullText, secret, callback),
  tls: group<PinnableTlsOptions>({ ...tlsRules, fingerprint: anyOf(fullText, listOf(fullText, 1)) }),
  proxy: group<ProxyOptions>({ url: required(fullText), username: fullText, password: secret }),
  allowClearText: flag,
  connectTimeout: milliseconds(),
  readTimeout: milliseconds(),
  maxConcurrentRequests: wholeNumber(1),
  maxRequestsPerMinute: wholeNumber(1),
  maxResponseBytes: wholeNumber(1),
  logonTries: wholeNumber(1),
  sessionStore: objectWith('load', 'save', 'forget'),
  wasRefused: flag,
  auditMemento: text,
  clock: clockRule,
  logger: loggerRule,
  onRequest: callback,
  beforeRequest: callback,
  onResponse: callback,
};

/** @throws {ConfigurationError} for what no request could ever be sent with */
export function checkConsoleOptions(options: ConsoleOptions): void {
  checkOptions('PowerVmConsole', options, consoleRules);
  const problem = (message: string) => new ConfigurationError('POWERVM_CONFIG_INVALID', `PowerVmConsole: ${message}`);
  // It goes into a header.
  if (!/^[\x20-\x7e]{0,256}$/.test(options.auditMemento ?? '')) {
    throw problem('auditMemento must be at most 256 characters of ASCII');
  }
  // File authentication would be tried, or an empty password, which counts towards the lock of the account.
  if (options.username !== undefined && options.password === undefined)
    throw problem('username needs a password beside it');
  if (options.username === undefined && options.password !== undefined)
    throw problem('password needs a username beside it');
}
