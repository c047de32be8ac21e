import type { Clock } from '../base/clock.ts';
import type { PinnableTlsOptions } from '../base/connection-agents.ts';
import { ConfigurationError } from '../base/errors.ts';
import type { HttpAnswer } from '../base/http-client.ts';
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
} from '../base/option-rules.ts';
import type { ProxyOptions } from '../base/proxy-tunnel.ts';
import type { Secret } from '../base/secret.ts';
import { tlsRules } from '../base/tls-options.ts';
import type { RequestKind, RequestObservation } from './model.ts';
import type { SessionMemory } from './session-memory.ts';

export interface ConsoleOptions {
  /** `https://host[:port]`. Without a port 443 and then 12443 are tried. */
  readonly endpoint: string;
  /** Without user name and password the file authentication of NovaLink is used, on the NovaLink partition itself. */
  readonly username?: string;
  readonly password?: string | Secret | (() => Promise<string>);
  readonly tls?: PinnableTlsOptions;
  /** HTTP proxy on the way to the console. Default none; variables of the environment are not looked at. */
  readonly proxy?: ProxyOptions;
  /** Allows http:// to another machine. Default false. */
  readonly allowClearText?: boolean;
  /** Milliseconds until a connection stands. Default 10,000. */
  readonly connectTimeout?: number;
  /** Milliseconds without a byte of an answer. Default 180,000: big consoles take their time for inventory. */
  readonly readTimeout?: number;
  /** Requests at a time. Default 2. */
  readonly maxConcurrentRequests?: number;
  /** Requests in any minute; those beyond wait. Default 1,200, enough for sixty frames. */
  readonly maxRequestsPerMinute?: number;
  /** Largest answer after decompression, in bytes. Default 32 MiB. */
  readonly maxAnswerBytes?: number;
  /** How often a logon is tried while the REST service of the console is still starting. Default 3. */
  readonly logonTries?: number;
  /**
   * Where the open session is written down, so that the next run goes on with that of a crashed one or ends it. Default:
   * nowhere, and a crash leaves the session behind. One memory may serve many consoles; two processes must not share one.
   */
  readonly sessionMemory?: SessionMemory;
  /** The console refused these credentials before: it is not asked again, since repeated refusals lock the account. */
  readonly wasRefused?: boolean;
  /** Shown in the audit log of the console. Default `otel-powervm`. */
  readonly auditMemento?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Told of every HTTP request when it has ended. Must not throw. */
  readonly onRequest?: (observation: RequestObservation) => void;
  /**
   * Asked right before every request but a logoff. What it throws is thrown instead of the request: for programs that may
   * lose the right to read the console at any moment.
   */
  readonly beforeRequest?: () => void;
  /** Told of every answer in full, for whoever records what a console says. Must not throw. */
  readonly onAnswer?: (
    request: { readonly kind: RequestKind; readonly method: string; readonly path: string },
    answer: HttpAnswer,
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
  maxAnswerBytes: wholeNumber(1),
  logonTries: wholeNumber(1),
  sessionMemory: objectWith('recall', 'remember', 'forget'),
  wasRefused: flag,
  auditMemento: text,
  clock: clockRule,
  logger: loggerRule,
  onRequest: callback,
  beforeRequest: callback,
  onAnswer: callback,
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
