import { describeError, type PowerVmError } from '../base/errors/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import type { ManagedSystem } from '../rest/index.ts';

/** The state of reading a console or one managed system, reported on every change. */
export interface ReceiverStatus {
  /** Endpoint of the console. */
  readonly console: string;
  /** The system that is read through it; undefined when it is about the console itself. */
  readonly system: ManagedSystem | undefined;
  /**
   * `working`: it responds. `failing`: it does not, and is retried. `refused`: it is not contacted again until the
   * receiver is recreated, since the console refused the logon and more tries would lock the account.
   */
  readonly state: 'working' | 'failing' | 'refused';
  /** Why it does not work, with `code` and `remedy`. */
  readonly error: PowerVmError | undefined;
}

interface FirstSample {
  readonly promise: Promise<FrameActivity>;
  readonly resolve: (activity: FrameActivity) => void;
  readonly reject: (error: PowerVmError) => void;
}

/** Notifies listeners of a receiver of new activities and status changes. Errors of a listener are only logged. */
export class ReceiverEvents {
  readonly #logger: Logger;
  readonly #activityListeners = new Set<(activity: FrameActivity) => unknown>();
  readonly #statusListeners = new Set<(status: ReceiverStatus) => unknown>();
  /** The newest state of every console and system: only changes are reported. */
  readonly #states = new Map<string, string>();
  #firstSample = newFirstSample();
  #isFirstSampleSettled = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  onActivity(listener: (activity: FrameActivity) => unknown): () => void {
    this.#activityListeners.add(listener);
    return () => this.#activityListeners.delete(listener);
  }

  onStatus(listener: (status: ReceiverStatus) => unknown): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  /** Resolves with the first sample since the last {@link reset}. */
  get firstSample(): Promise<FrameActivity> {
    return this.#firstSample.promise;
  }

  publish(activity: FrameActivity): void {
    this.#isFirstSampleSettled = true;
    this.#firstSample.resolve(activity);
    for (const listener of this.#activityListeners) this.#notify(listener, activity);
  }

  publishStatus(status: ReceiverStatus): void {
    const subject = status.system?.id ?? status.console;
    const state = `${status.state} ${status.error?.code ?? ''}`;
    if (this.#states.get(subject) === state) return;
    this.#states.set(subject, state);
    for (const listener of this.#statusListeners) this.#notify(listener, status);
  }

  /** No sample is to be expected any more: waiting ends. */
  rejectFirstSample(error: PowerVmError): void {
    this.#isFirstSampleSettled = true;
    this.#firstSample.reject(error);
  }

  /** For a restart of the receiver. Pending waits continue. */
  reset(): void {
    this.#states.clear();
    if (this.#isFirstSampleSettled) this.#firstSample = newFirstSample();
    this.#isFirstSampleSettled = false;
  }

  #notify<Event>(listener: (event: Event) => unknown, event: Event): void {
    // The promise of an async listener would otherwise go unhandled.
    new Promise((resolve) => resolve(listener(event))).catch((error) => {
      this.#logger.error({ reason: describeError(error) }, 'a listener of the receiver failed');
    });
  }
}

function newFirstSample(): FirstSample {
  const { promise, resolve, reject } = withResolvers<FrameActivity>();
  // Waiting callers get it; without any it must not be an unhandled rejection.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: PowerVmError) => void = () => undefined;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
