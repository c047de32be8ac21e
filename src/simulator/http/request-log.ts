import type { Reboot } from '../faults/console-conditions.ts';
import type { RequestKind } from '../faults/fault-schema.ts';
import { requestKind } from '../faults/request-kind.ts';
import type { SimulatedRequest } from '../options.ts';
import type { UserSessions } from './sessions.ts';

/** A request that was answered. */
export interface HandledRequest {
  readonly method: string;
  readonly path: string;
  /** Undefined when the connection was broken instead. */
  readonly status: number | undefined;
}

/** What a console remembers of its clients, for tests to judge them by. Times are the estate's, ISO. */
export interface ConsoleRequestLog {
  readonly url: string;
  readonly requests: Readonly<Partial<Record<RequestKind, number>>>;
  /** How often each status was answered; `none` for broken and unanswered connections. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The maximum number of concurrent requests. */
  readonly greatestSimultaneous: number;
  readonly sessions: Readonly<Record<string, UserSessions>>;
  /** Everything that was tried while the console was down or warming up. */
  readonly reboots: readonly { readonly from: string; readonly ready: string; readonly attempts: readonly string[] }[];
}

const MAX_REMEMBERED = 10_000;

/** Counts what a console is asked. */
export class RequestLog {
  /** The newest ten thousand. */
  readonly answered: HandledRequest[] = [];
  readonly #requests = new Map<RequestKind, number>();
  readonly #statuses = new Map<string, number>();
  readonly #attempts: number[] = [];
  #inProgress = 0;
  #greatest = 0;

  begin(request: SimulatedRequest): void {
    const kind = requestKind(request);
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1);
    this.#inProgress += 1;
    this.#greatest = Math.max(this.#greatest, this.#inProgress);
  }

  end(): void {
    this.#inProgress -= 1;
  }

  observe({ method, path }: SimulatedRequest, status: number | undefined): void {
    this.answered.push({ method, path, status });
    if (this.answered.length > MAX_REMEMBERED) this.answered.shift();
    const name = String(status ?? 'none');
    this.#statuses.set(name, (this.#statuses.get(name) ?? 0) + 1);
  }

  /** A connection or request during an outage, at `time` of the estate. */
  attempt(time: number): void {
    if (this.#attempts.length < MAX_REMEMBERED) this.#attempts.push(time);
  }

  read(url: string, sessions: ConsoleRequestLog['sessions'], reboots: readonly Reboot[]): ConsoleRequestLog {
    return {
      url,
      requests: Object.fromEntries(this.#requests),
      statuses: Object.fromEntries(this.#statuses),
      greatestSimultaneous: this.#greatest,
      sessions,
      reboots: reboots.map(({ from, ready }) => ({
        from: new Date(from).toISOString(),
        ready: new Date(ready).toISOString(),
        attempts: this.#attempts
          .filter((time) => time >= from && time < ready)
          .map((time) => new Date(time).toISOString()),
      })),
    };
  }
}
