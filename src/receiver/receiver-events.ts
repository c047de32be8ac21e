import { describeError, type PowerVmError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { FrameActivity } from '../inspector/activity.ts';
import type { ManagedSystem } from '../rest/index.ts';

/** How the reading of a console or of one managed system goes, whenever that changes. */
export interface ReceiverStatus {
  /** Endpoint of the console. */
  readonly console: string;
  /** The system that is read through it; undefined when it is about the console itself. */
  readonly system: ManagedSystem | undefined;
  /**
   * `working`: it answers. `failing`: it does not, and is asked again. `refused`: it is not asked again until the receiver
   * is made anew, since the console refused the logon and more tries would lock the account.
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

/** Tells listeners of a receiver what has come and how it goes. What a listener throws or rejects with is only logged. */
export class ReceiverEvents {
  readonly #logger: Logger;
  readonly #activityListeners = new Set<(activity: FrameActivity) => unknown>();
  readonly #statusListeners = new Set<(status: ReceiverStatus) => unknown>();
  /** The newest state of every console and system: only what differs from it is told. */
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
    for (const listener of this.#activityListeners) this.#tell(listener, activity);
  }

  noteStatus(status: ReceiverStatus): void {
    const subject = status.system?.id ?? status.console;
    const state = `${status.state} ${status.error?.code ?? ''}`;
    if (this.#states.get(subject) === state) return;
    this.#states.set(subject, state);
    for (const listener of this.#statusListeners) this.#tell(listener, status);
  }

  /** No sample is to be expected any more: nobody shall wait for one. */
  giveUpFirstSample(error: PowerVmError): void {
    this.#isFirstSampleSettled = true;
    this.#firstSample.reject(error);
  }

  /** Of a receiver that begins anew. Whoever waits already goes on waiting. */
  reset(): void {
    this.#states.clear();
    if (this.#isFirstSampleSettled) this.#firstSample = newFirstSample();
    this.#isFirstSampleSettled = false;
  }

  #tell<Event>(listener: (event: Event) => unknown, event: Event): void {
    // An async function reports by a promise that nobody else would look at.
    new Promise((resolve) => resolve(listener(event))).catch((error) => {
      this.#logger.error({ reason: describeError(error) }, 'a listener of the receiver failed');
    });
  }
}

function newFirstSample(): FirstSample {
  const { promise, resolve, reject } = withResolvers<FrameActivity>();
  // Whoever waits is told; that nobody waits is no unhandled rejection.
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
