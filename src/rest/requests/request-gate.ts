import type { Clock } from '../../base/clock/clock.ts';
import type { ConsoleError } from '../../base/errors/errors.ts';
import { consoleFailure } from '../errors/response-errors.ts';
import type { ConsoleHealth } from '../model.ts';
import type { ConsoleOptions } from '../options.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { RequestLimiter } from './concurrency-limit.ts';
import type { ConsoleRequest, ConsoleResponse } from './exchange.ts';
import { RequestBudget } from './rate-limit.ts';

const DEFAULT_CONCURRENT_REQUESTS = 2;
/** Sixty frames of four VIOSes need 960: twice a minute a feed and six documents, and energy. */
const DEFAULT_REQUESTS_PER_MINUTE = 1_200;

/** Where requests wait until the console may be asked: few at a time, so many a minute, none while it is failing. */
export class Gate {
  readonly #console: string;
  readonly #clock: Clock;
  readonly #limiter: RequestLimiter;
  readonly #budget: RequestBudget;
  readonly #breaker: CircuitBreaker;

  constructor(options: ConsoleOptions, console: string, clock: Clock) {
    this.#console = console;
    this.#clock = clock;
    this.#limiter = new RequestLimiter(options.maxConcurrentRequests ?? DEFAULT_CONCURRENT_REQUESTS);
    this.#budget = new RequestBudget(options.maxRequestsPerMinute ?? DEFAULT_REQUESTS_PER_MINUTE, clock);
    this.#breaker = new CircuitBreaker(console, clock);
  }

  /** Lets `send` run when its turn has come. */
  run(request: ConsoleRequest, send: () => Promise<ConsoleResponse>, signal?: AbortSignal): Promise<ConsoleResponse> {
    return this.#limiter.run(async () => {
      if (request.isLogoff) {
        this.#budget.spend();
        return send();
      }
      return this.#breaker.run(
        async () => {
          // Requests of the session do not wait: their caller has been admitted already.
          if (request.kind === 'logon' || request.kind === 'logoff') this.#budget.spend();
          else await this.#budget.admit(signal);
          return send();
        },
        (response) => consoleFailure(this.#console, request, response, this.#clock.now()),
        // If it is the console, the next feed shows it.
        { isEvidence: request.isSideQuery !== true, signal },
      );
    }, signal);
  }

  /** Pauses all requests for a minute, for a reason that no single response shows. */
  close(reason: ConsoleError): void {
    this.#breaker.trip(reason);
  }

  get health(): Omit<ConsoleHealth, 'isLogonRefused'> {
    const { remainingPause } = this.#breaker;
    return {
      circuit: this.#breaker.state,
      circuitOpenings: this.#breaker.openings,
      retryIn: remainingPause,
      requestLimit: this.#budget.limit,
      requestsInLastMinute: this.#budget.used,
      delayedRequests: this.#budget.delayed,
      requestDelay: this.#budget.delay,
    };
  }
}
