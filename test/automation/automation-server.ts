import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describeError } from '../../src/base/errors/errors.ts';
import type { Logger } from '../../src/base/logger.ts';
import { version } from '../../src/base/version.ts';
import type { ChangeSnapshot } from './change.ts';
import { type Configuration, runnableSuites, secretsOf } from './configuration.ts';
import { decide } from './decision.ts';
import type { AutomationMetrics } from './metrics.ts';
import { commentText } from './report/comment.ts';
import type { ServerStatus } from './report/pages.ts';
import { RunLogs } from './report/run-logs.ts';
import { wait } from './review/http.ts';
import type { ReviewSystem } from './review/review-system.ts';
import { isFinished, type Run, type Verdict } from './run.ts';
import { RunQueue } from './run-queue.ts';
import { tellStep } from './steps.ts';
import { ResourceGroup } from './work/resource-group.ts';
import { runSuites, undecided } from './work/run-suites.ts';
import { Workspace } from './work/workspace.ts';

const PAUSE_AFTER_FAILURE = 2_000;
const LONGEST_REPORT_PAUSE = 60_000;
/** Clocks differ; looking twice costs nothing. */
const OVERLAP = 120_000;
const MAX_SHOWN_RUNS = 100;

export interface AutomationServerOptions {
  readonly configuration: Configuration;
  readonly systems: readonly ReviewSystem[];
  readonly logger: Logger;
  readonly metrics: AutomationMetrics;
}

/** Looks at changes, queues runs, runs them, and votes. */
export class AutomationServer {
  readonly #configuration: Configuration;
  readonly #systems: readonly ReviewSystem[];
  readonly #logger: Logger;
  readonly #metrics: AutomationMetrics;
  readonly #queue: RunQueue;
  readonly logs: RunLogs;
  readonly #intake = new AbortController();
  readonly #active = new Map<string, AbortController>();
  readonly #slots = new Set<number>();
  readonly #hints = new Map<ReviewSystem, Set<string>>();
  readonly #tasks = new Set<Promise<void>>();
  /** Wakes up whoever waits for a hint or for work. */
  #wake = new AbortController();

  private constructor(options: AutomationServerOptions, queue: RunQueue) {
    const { configuration, systems, logger, metrics } = options;
    this.#configuration = configuration;
    this.#systems = systems;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#queue = queue;
    this.logs = new RunLogs({
      directory: logsOf(configuration),
      secrets: secretsOf(configuration),
      maxConsoleBytes: configuration.logs.console_mib,
      maxArtifactBytes: configuration.logs.artifact_mib,
    });
  }

  /** Opens the queue; nothing is begun yet. */
  static async create(options: AutomationServerOptions): Promise<AutomationServer> {
    const { state } = options.configuration;
    for (const directory of [state, logsOf(options.configuration)])
      await mkdir(directory, { recursive: true, mode: 0o711 });
    const queue = await RunQueue.open(state);
    await Workspace.removeLeftovers(path.join(state, 'work'));
    ResourceGroup.removeLeftovers();
    await queue.resume();
    return new AutomationServer(options, queue);
  }

  async start(): Promise<void> {
    // In whole seconds, as Gerrit's times are: what comes within this second has come since.
    if (this.#queue.number('since') === 0) await this.#queue.setNumber('since', Math.floor(Date.now() / 1000) * 1000);
    this.#metrics.observe(() => this.status());
    for (const system of this.#systems) {
      this.#hints.set(system, new Set());
      const hint = (id: string) => {
        this.#hints.get(system)?.add(id);
        this.#wakeUp();
      };
      const { signal } = this.#intake;
      this.#track(system.listen(hint, () => hint(''), signal));
      this.#track(this.#look(system, signal));
    }
    this.#track(this.#work(this.#intake.signal));
  }

  /** For webhooks: someone says that this change is worth a look. */
  hint(name: ReviewSystem['name'], id: string): void {
    for (const [system, hints] of this.#hints) if (system.name === name) hints.add(id);
    this.#wakeUp();
  }

  status(): ServerStatus {
    const runs = this.#queue.runs;
    return {
      name: this.#configuration.name,
      isDraining: this.#intake.signal.aborted,
      isDryRun: this.#configuration.dry_run,
      connections: Object.fromEntries(this.#systems.map(({ name, isConnected }) => [name, isConnected])),
      queued: runs.filter(({ state }) => state === 'queued'),
      running: runs.filter(({ state }) => state === 'running' || state === 'judged'),
      finished: runs.filter(isFinished).reverse().slice(0, MAX_SHOWN_RUNS),
    };
  }

  /** Takes up nothing new, lets what runs end within `drain_time`, and leaves the rest for the next start. */
  async stop(): Promise<void> {
    this.#intake.abort(new Error('the server is stopping'));
    const timer = setTimeout(() => {
      for (const controller of this.#active.values()) controller.abort(new Error('the server is stopping'));
    }, this.#configuration.drain_time);
    await Promise.allSettled(this.#tasks);
    clearTimeout(timer);
    await this.#queue.close();
  }

  /** One change by hand, now. */
  async replay(system: ReviewSystem, id: string): Promise<Run | undefined> {
    const snapshot = await system.snapshot(id);
    if (snapshot === undefined) return undefined;
    const run = await this.#queue.add(snapshot.change, { kind: 'replay' }, Date.now());
    await this.#begin(run, system);
    return this.#queue.get(run.id);
  }

  async #look(system: ReviewSystem, signal: AbortSignal): Promise<void> {
    let lastBackfill = 0;
    const hints = this.#hints.get(system) ?? new Set<string>();
    while (!signal.aborted) {
      try {
        if (hints.delete('') || Date.now() - lastBackfill >= this.#configuration.catch_up_interval) {
          await this.#backfill(system);
          lastBackfill = Date.now();
        }
        for (const id of hints) {
          const snapshot = id === '' ? undefined : await system.snapshot(id);
          if (snapshot) await this.#consider(snapshot);
          if (id !== '') hints.delete(id);
        }
        if (hints.size === 0) await this.#sleep(this.#configuration.catch_up_interval, signal);
      } catch (error) {
        this.#logger.warn({ system: system.name, reason: describeError(error) }, 'cannot read changes; trying again');
        lastBackfill = 0;
        await wait(PAUSE_AFTER_FAILURE, signal);
      }
    }
  }

  async #backfill(system: ReviewSystem): Promise<void> {
    const cursor = `cursor:${system.name}`;
    const now = Date.now();
    const since = this.#queue.number(cursor) || this.#queue.number('since');
    for (const snapshot of await system.touchedSince(since - OVERLAP)) await this.#consider(snapshot);
    await this.#queue.setNumber(cursor, now);
    const oldest = now - this.#configuration.logs.keep;
    await this.#queue.forgetPrevious(oldest);
    await this.logs.removeBefore(oldest);
  }

  async #consider(snapshot: ChangeSnapshot): Promise<void> {
    const { recheck } = this.#configuration;
    const since = this.#queue.number('since');
    const { reason, superseded } = decide({ snapshot, runs: this.#queue.remembered, since, recheck });
    for (const { id } of superseded) {
      await this.#queue.update(id, { state: 'superseded', endedAt: Date.now() });
      this.#active.get(id)?.abort(new Error('a newer patch set is there, or the change is closed'));
    }
    if (reason === undefined) return;
    const run = await this.#queue.add(snapshot.change, reason, Date.now());
    tellStep('queued', run);
    this.#logger.info({ run: run.id, change: snapshot.change.number, reason: reason.kind }, 'queued');
    this.#wakeUp();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (const run of this.#queue.runs.filter(({ state }) => state === 'judged')) this.#dispatch(run);
    while (!signal.aborted) {
      const next = this.#slots.size < this.#configuration.concurrency ? this.#queue.next(Date.now()) : undefined;
      if (next === undefined) await this.#sleep(1_000, signal);
      else await this.#dispatchNew(next);
    }
  }

  async #dispatchNew(run: Run): Promise<void> {
    const begun = await this.#queue.update(run.id, { state: 'running', startedAt: Date.now() });
    if (begun === undefined) return;
    tellStep('begun', begun);
    this.#dispatch(begun);
  }

  #dispatch(run: Run): void {
    const system = this.#systems.find(({ name }) => name === run.change.system);
    if (system) this.#track(this.#begin(run, system));
  }

  async #begin(run: Run, system: ReviewSystem): Promise<void> {
    const controller = new AbortController();
    const slot = this.#takeSlot();
    let isReleased = false;
    const release = () => {
      if (!isReleased) this.#slots.delete(slot);
      isReleased = true;
    };
    this.#active.set(run.id, controller);
    try {
      const judged = run.state === 'judged' ? run : await this.#judge(run, system, slot, controller.signal);
      // It keeps its slot until it has voted, so that votes come in order; one that cannot vote lets others continue.
      if (judged) await this.#report(judged, system, controller.signal, release);
    } catch (error) {
      // Stopped or superseded: the queue says which, and a run that was only stopped restarts.
      this.#logger.info({ run: run.id, reason: describeError(error) }, 'ended early');
    } finally {
      release();
      this.#active.delete(run.id);
      this.#wakeUp();
    }
  }

  async #judge(run: Run, system: ReviewSystem, slot: number, signal: AbortSignal): Promise<Run | undefined> {
    const { runnable, lacking } = runnableSuites(this.#configuration.suites);
    const console = await this.logs.open(run.id);
    let verdict: Verdict;
    try {
      console.say(`${run.change.project} ${run.change.number},${run.change.patchSet}: ${run.change.subject}`);
      await this.logs.write(run.id, 'environment.json', {
        change: run.change,
        attempt: run.attempt,
        node: process.version,
        server: version,
        platform: `${process.platform} ${process.arch}`,
        suites: runnable.map(({ name }) => name),
        lacking,
      });
      verdict = await runSuites({
        run,
        remote: system.remote(run.change.project),
        configuration: this.#configuration,
        suites: runnable,
        logs: this.logs,
        console,
        slot,
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw error;
      verdict = undecided('the test system failed; its log says why', true);
      console.say(describeError(error));
    } finally {
      await console.close();
    }
    const judged = await this.#queue.update(run.id, { state: 'judged', verdict, endedAt: Date.now() });
    if (judged === undefined) return undefined;
    tellStep('judged', judged);
    await this.logs.finish(judged);
    return judged;
  }

  /** Until it is said: the verdict is on the disk, and the review system tells whether it was said before a crash. */
  async #report(run: Run, system: ReviewSystem, signal: AbortSignal, onProblem: () => void): Promise<void> {
    const { verdict } = run;
    if (verdict === undefined) return;
    const { name, contact, public_url: base, attempts, dry_run: isDryRun } = this.#configuration;
    const text = commentText(run, verdict, { name, contact, logUrl: `${base}/logs/${run.id}/`, attempts });
    const vote = verdict.outcome === 'undecided' ? undefined : verdict.outcome === 'success' ? 1 : -1;
    let pause = PAUSE_AFTER_FAILURE;
    for (;;) {
      try {
        tellStep('about to tell', run);
        const result = isDryRun ? 'reported' : await system.report(run, { text, vote });
        tellStep('told', run);
        await this.#queue.update(run.id, { state: result === 'reported' ? 'reported' : 'superseded' });
        tellStep('reported', run);
        this.#metrics.ended(run, verdict, result);
        this.#logger.info({ run: run.id, outcome: verdict.outcome, result, isDryRun }, 'ended');
        if (result === 'reported') await this.#tryAgain(run, verdict);
        return;
      } catch (error) {
        this.#logger.warn({ run: run.id, reason: describeError(error), pause }, 'cannot report; trying again');
        onProblem();
        await wait(pause, AbortSignal.any([signal, this.#intake.signal]));
        if (signal.aborted || this.#intake.signal.aborted) return;
        pause = Math.min(pause * 2, LONGEST_REPORT_PAUSE);
      }
    }
  }

  async #tryAgain(run: Run, verdict: Verdict): Promise<void> {
    const { attempts, retry_pause: pause } = this.#configuration;
    if (!verdict.isRetried || run.attempt >= attempts || run.reason.kind === 'replay') return;
    const now = Date.now();
    const again = await this.#queue.add(run.change, run.reason, now);
    await this.#queue.update(again.id, { attempt: run.attempt + 1, notBefore: now + pause });
  }

  #takeSlot(): number {
    let slot = 0;
    while (this.#slots.has(slot)) slot += 1;
    this.#slots.add(slot);
    return slot;
  }

  #track(task: Promise<void>): void {
    const tracked = task.catch((error: unknown) => {
      this.#logger.error({ reason: describeError(error) }, 'a task failed');
    });
    this.#tasks.add(tracked);
    tracked.finally(() => this.#tasks.delete(tracked));
  }

  #wakeUp(): void {
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return wait(milliseconds, AbortSignal.any([signal, this.#wake.signal]));
  }
}

function logsOf({ state, logs }: Configuration): string {
  return logs.directory ?? path.join(state, 'logs');
}
