import type { Clock } from '../../base/clock/clock.ts';
import { ConditionTracker } from '../../base/condition.ts';
import { DurationHistogram } from '../../base/histogram.ts';
import type { ConsoleHealth, RequestObservation } from '../../rest/model.ts';
import type { ConsoleStatistics, GapCause, ReceiverStatistics, SampleOutcome, SystemStatistics } from './statistics.ts';

/** A skew of so little is the resolution of the HTTP `Date`, which has whole seconds. */
const DATE_RESOLUTION = 1;

/** The bounds that OpenTelemetry advises for durations of HTTP requests, in seconds, and two for slow consoles. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** Counts per key, in the order in which keys were first seen. */
class CountsByKey<Key extends object> {
  readonly #entries = new Map<string, { readonly key: Key; count: number }>();

  add(key: Key, count = 1): void {
    const text = JSON.stringify(key);
    const entry = this.#entries.get(text);
    if (entry) entry.count += count;
    else this.#entries.set(text, { key, count });
  }

  list(): (Key & { readonly count: number })[] {
    return [...this.#entries.values()].map(({ key, count }) => ({ ...key, count }));
  }
}

/** Records statistics of one console. */
export class ConsoleRecorder {
  condition: ConditionTracker;
  /** Whether it is read here; of others there is nothing to report. */
  isHeld = true;
  readonly #clock: Clock;
  readonly #address: string;
  readonly #port: number;
  readonly #health: () => ConsoleHealth | undefined;
  readonly #requests = new CountsByKey<{ readonly kind: string; readonly statusCode: number | undefined }>();
  readonly #durations = new Map<string, { readonly of: RequestObservation; readonly histogram: DurationHistogram }>();
  #up: boolean | undefined;
  #clockSkew: number | undefined;

  constructor(address: string, port: number, health: () => ConsoleHealth | undefined, clock: Clock) {
    this.condition = new ConditionTracker(clock);
    this.#clock = clock;
    this.#address = address;
    this.#port = port;
    this.#health = health;
  }

  record(observation: RequestObservation): void {
    const { kind, statusCode, method, errorType, consoleTime, localTime } = observation;
    if (errorType === 'aborted') return;
    this.#up = statusCode !== undefined;
    this.#requests.add({ kind, statusCode });
    const key = `${method} ${statusCode} ${errorType}`;
    const duration = this.#durations.get(key) ?? { of: observation, histogram: new DurationHistogram(DURATION_BOUNDS) };
    this.#durations.set(key, duration);
    duration.histogram.record(observation.durationMilliseconds / 1000);
    if (consoleTime !== undefined) this.#clockSkew = skewOf(consoleTime, localTime);
  }

  /** What is counted continues when it is read again; how it is is for others to say. */
  letGo(): void {
    this.isHeld = false;
    this.condition = new ConditionTracker(this.#clock);
    this.#up = undefined;
    this.#clockSkew = undefined;
  }

  /** Seconds that the console's clock is ahead of the local one. */
  get clockSkew(): number | undefined {
    return this.#clockSkew;
  }

  snapshot(): ConsoleStatistics {
    return {
      address: this.#address,
      port: this.#port,
      up: this.#up,
      clockSkew: this.#clockSkew,
      health: this.#health(),
      condition: this.condition.snapshot(),
      requests: this.#requests.list(),
      requestDurations: [...this.#durations.values()].map(({ of, histogram }) => ({
        method: of.method,
        statusCode: of.statusCode,
        errorType: of.errorType,
        histogram: histogram.snapshot(),
      })),
    };
  }
}

function skewOf(consoleTime: number, localTime: number): number {
  const seconds = (consoleTime - localTime) / 1000;
  return Math.abs(seconds) <= DATE_RESOLUTION ? 0 : seconds;
}

/** Records statistics of one managed system. */
export class SystemRecorder {
  condition: ConditionTracker;
  isHeld = true;
  readonly #clock: Clock;
  /** As the console calls it. */
  name: string | undefined;
  readonly #systemId: string;
  readonly #samples: Record<SampleOutcome, number> = { new: 0, backfilled: 0, duplicate: 0, late: 0 };
  readonly #scrapes = new DurationHistogram(DURATION_BOUNDS);
  readonly #documentErrors = new CountsByKey<{ readonly document: string; readonly errorType: string }>();
  readonly #gaps = new CountsByKey<{ readonly cursor: string; readonly cause: GapCause }>();
  readonly #staleAfter: number;
  #newestSample: number | undefined;

  /** @param staleAfter milliseconds */
  constructor(systemId: string, clock: Clock, staleAfter: number) {
    this.condition = new ConditionTracker(clock);
    this.#clock = clock;
    this.#systemId = systemId;
    this.#staleAfter = staleAfter;
  }

  sample(outcome: SampleOutcome, count = 1): void {
    this.#samples[outcome] += count;
  }

  /** @param time by our clock */
  newestSample(time: number): void {
    this.#newestSample = Math.max(this.#newestSample ?? time, time);
  }

  scrape(seconds: number): void {
    this.#scrapes.record(seconds);
  }

  documentError(document: string, errorType: string): void {
    this.#documentErrors.add({ document, errorType });
  }

  gap(cursor: string, cause: GapCause, count = 1): void {
    this.#gaps.add({ cursor, cause }, count);
  }

  /** As for a console. */
  letGo(): void {
    this.isHeld = false;
    this.condition = new ConditionTracker(this.#clock);
    this.#newestSample = undefined;
  }

  snapshot(now: number): SystemStatistics {
    return {
      systemId: this.#systemId,
      name: this.name,
      condition: this.condition.snapshot(),
      sampleAge: this.#newestSample === undefined ? undefined : (now - this.#newestSample) / 1000,
      staleAfter: this.#staleAfter / 1000,
      samples: { ...this.#samples },
      scrapeDurations: this.#scrapes.snapshot(),
      documentErrors: this.#documentErrors.list(),
      gaps: this.#gaps.list(),
    };
  }
}

/** Records the statistics of a receiver. */
export class StatisticsRecorder {
  readonly #clock: Clock;
  readonly #staleAfter: number;
  readonly #startTime: number;
  readonly #consoles: ConsoleRecorder[] = [];
  readonly #systems = new Map<string, SystemRecorder>();

  /** @param staleAfter milliseconds after which a sample is stale */
  constructor(clock: Clock, staleAfter: number) {
    this.#clock = clock;
    this.#staleAfter = staleAfter;
    this.#startTime = clock.now();
  }

  console(address: string, port: number, health: () => ConsoleHealth | undefined): ConsoleRecorder {
    const recorder = new ConsoleRecorder(address, port, health, this.#clock);
    this.#consoles.push(recorder);
    return recorder;
  }

  system(systemId: string): SystemRecorder {
    const recorder = this.#systems.get(systemId) ?? new SystemRecorder(systemId, this.#clock, this.#staleAfter);
    this.#systems.set(systemId, recorder);
    recorder.isHeld = true;
    return recorder;
  }

  /** A system that is not read here any more. */
  letGo(systemId: string): void {
    this.#systems.get(systemId)?.letGo();
  }

  snapshot(): ReceiverStatistics {
    const time = this.#clock.now();
    return {
      time,
      startTime: this.#startTime,
      consoles: this.#consoles.filter(({ isHeld }) => isHeld).map((recorder) => recorder.snapshot()),
      systems: [...this.#systems.values()].filter(({ isHeld }) => isHeld).map((recorder) => recorder.snapshot(time)),
    };
  }
}
