import type { Clock } from '../base/clock.ts';
import type { PinnableTlsOptions } from '../base/connection-agents.ts';
import { ConfigurationError } from '../base/errors.ts';
import type { HttpAnswer } from '../base/http-client.ts';
import type { Logger } from '../base/logger.ts';
import type { ProxyOptions } from '../base/proxy-tunnel.ts';
import type { Secret } from '../base/secret.ts';
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
  /** Shown in the audit log of the console. Default `otel-powervm`. */
  readonly auditMemento?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Told of every HTTP request when it has ended. Must not throw. */
  readonly onRequest?: (observation: RequestObservation) => void;
  /** Told of every answer in full, for whoever records what a console says. Must not throw. */
  readonly onAnswer?: (
    request: { readonly kind: RequestKind; readonly method: string; readonly path: string },
    answer: HttpAnswer,
  ) => void;
}

/** @throws {ConfigurationError} for what no request could ever be sent with */
export function checkOptions({
  maxConcurrentRequests = 1,
  maxRequestsPerMinute = 1,
  auditMemento = '',
}: ConsoleOptions): void {
  for (const [name, value] of Object.entries({ maxConcurrentRequests, maxRequestsPerMinute })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${name} must be a whole number from 1 on`);
  }
  // It goes into a header.
  if (/^[\x20-\x7e]{0,256}$/.test(auditMemento)) return;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', 'auditMemento must be at most 256 characters of ASCII');
}
