import type { Clock } from '../../base/clock/clock.ts';
import { clockOffsetWords } from '../../base/clock/timestamp.ts';
import type { Logger } from '../../base/logger.ts';
import type { ConsoleClient, ManagedSystem, RequestObservation } from '../../rest/model.ts';
import type { ConsoleRecorder } from '../statistics/statistics-recorder.ts';

/** So long a console must have worked before a system returns to it. */
const PROBATION = 300_000;
/** Larger clock skew is reported: half the distance of two samples. */
const NOTABLE_SKEW = 15_000;

/** A console of the receiver: what it manages, and how it is doing. */
export class ConsoleEntry {
  #client: ConsoleClient;
  readonly #open: () => ConsoleClient;
  /** Ends whatever is done for it, when it is not read any more. */
  stop = new AbortController();
  isHeld: boolean;
  /** Ends the pause before its systems are listed again. */
  endPause: () => void = () => undefined;
  /** Resolves when it is not watched any more. */
  ended: Promise<void> = Promise.resolve();
  readonly recorder: ConsoleRecorder;
  /** Systems of its newest discovery, by UUID. */
  systems: ReadonlyMap<string, ManagedSystem> = new Map();
  /** When that was, by the monotonic clock. */
  discoveredAt = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** In a row. */
  #failures = 0;
  /** By the monotonic clock; undefined while it fails. */
  #worksSince: number | undefined;
  #reportedSkew = 0;

  /** @param open makes the client, at first and whenever the console is read anew */
  constructor(
    open: () => ConsoleClient,
    isHeld: boolean,
    createRecorder: (entry: ConsoleEntry) => ConsoleRecorder,
    clock: Clock,
    logger: Logger,
  ) {
    this.#open = open;
    this.#client = open();
    this.isHeld = isHeld;
    this.recorder = createRecorder(this);
    this.recorder.isHeld = isHeld;
    this.#clock = clock;
    this.#logger = logger;
  }

  get client(): ConsoleClient {
    return this.#client;
  }

  /** It is read from now on, with a session of its own: what another one left there is looked for again. */
  adopt(): void {
    this.isHeld = true;
    this.recorder.isHeld = true;
    this.stop = new AbortController();
    this.#client = this.#open();
  }

  /** It is not read any more, and nothing is known of it. */
  letGo(reason: unknown): void {
    this.isHeld = false;
    this.stop.abort(reason);
    this.systems = new Map();
    this.discoveredAt = Number.NEGATIVE_INFINITY;
    this.#failures = 0;
    this.#worksSince = undefined;
    this.recorder.letGo();
  }

  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds that its clock is ahead of the local one; undefined while unknown. */
  get clockSkew(): number | undefined {
    const { clockSkew } = this.recorder;
    return clockSkew === undefined ? undefined : clockSkew * 1000;
  }

  /** Whether it has worked for a while. */
  get isProven(): boolean {
    return this.#worksSince !== undefined && this.#clock.monotonic() - this.#worksSince >= PROBATION;
  }

  recordSuccess(): void {
    this.#failures = 0;
    this.#worksSince ??= this.#clock.monotonic();
  }

  recordFailure(): void {
    this.#failures += 1;
    this.#worksSince = undefined;
  }

  /** Counts a request and looks at the clock of the console. */
  record(observation: RequestObservation): void {
    this.recorder.record(observation);
    if (observation.consoleTime !== undefined) this.#reportSkew();
  }

  /** Once for every skew that is another one. */
  #reportSkew(): void {
    const skew = this.clockSkew ?? 0;
    if (Math.abs(skew - this.#reportedSkew) < NOTABLE_SKEW) return;
    this.#reportedSkew = Math.abs(skew) < NOTABLE_SKEW ? 0 : skew;
    const fields = { console: this.client.endpoint, seconds: Math.round(skew / 1000) };
    if (this.#reportedSkew === 0) this.#logger.info(fields, 'the clock of the console agrees with ours again');
    else {
      this.#logger.warn(
        { ...fields, remedy: 'Set NTP on the console, or on this machine.' },
        `the clock of the console is ${clockOffsetWords(fields.seconds)} ours; samples keep its time`,
      );
    }
  }
}

/**
 * The console to read a system through: the first of the configuration that works. A system leaves a console that
 * fails at once, and returns to a better one when that has worked for a while.
 * @param consoles in the order of the configuration
 * @param avoided one whose data of this system do not continue
 */
export function chooseConsole(
  consoles: readonly ConsoleEntry[],
  systemId: string,
  current: ConsoleEntry,
  avoided: ConsoleEntry | undefined,
): ConsoleEntry {
  const candidates = consoles.filter((console) => console.systems.has(systemId) && console !== avoided);
  if (current === avoided || current.failures > 0) {
    const best = candidates
      .filter((console) => console !== current)
      .reduce<ConsoleEntry | undefined>(
        (least, console) => (least && least.failures <= console.failures ? least : console),
        undefined,
      );
    return best && (current === avoided || best.failures < current.failures) ? best : current;
  }
  const preferred = candidates.find((console) => console === current || console.isProven);
  return preferred ?? current;
}
