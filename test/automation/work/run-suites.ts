import path from 'node:path';
import { describeError } from '../../../src/base/errors/errors.ts';
import type { Configuration, SuiteConfiguration } from '../configuration.ts';
import type { ConsoleLog } from '../report/console-log.ts';
import type { RunLogs } from '../report/run-logs.ts';
import type { GitRemote } from '../review/review-system.ts';
import type { Outcome, Run, SuiteResult, Verdict } from '../run.ts';
import { tellStep } from '../steps.ts';
import { checkOut, MergeConflict } from './git.ts';
import { MirrorProxy } from './mirror-proxy.ts';
import { runInSandbox, type SandboxEnd } from './sandbox.ts';
import { Workspace } from './workspace.ts';

export interface SuiteRunOptions {
  readonly run: Run;
  readonly remote: GitRemote;
  readonly configuration: Configuration;
  readonly suites: readonly SuiteConfiguration[];
  readonly logs: RunLogs;
  readonly console: ConsoleLog;
  readonly slot: number;
  readonly signal: AbortSignal;
}

/** A verdict that says that there is none. */
export function undecided(remark: string, isRetried: boolean): Verdict {
  return { outcome: 'undecided', suites: [], remarks: [remark], isRetried };
}

/** Merges the change onto its branch and runs the suites, each in a workspace of its own that is gone afterwards. */
export async function runSuites(options: SuiteRunOptions): Promise<Verdict> {
  const results: SuiteResult[] = [];
  const remarks = new Set<string>();
  for (const suite of options.suites) {
    options.signal.throwIfAborted();
    try {
      results.push(await runSuite(options, suite, remarks));
    } catch (error) {
      if (error instanceof MergeConflict) return undecided(`${error.message}: please rebase it`, false);
      if (options.signal.aborted) throw error;
      options.console.say(`the test system failed: ${describeError(error)}`);
      results.push({ name: suite.name, outcome: 'undecided', duration: 0, detail: 'the test system failed' });
    }
  }
  const outcome = outcomeOf(results.map((result) => result.outcome));
  return { outcome, suites: results, remarks: [...remarks], isRetried: outcome === 'undecided' };
}

async function runSuite(
  options: SuiteRunOptions,
  suite: SuiteConfiguration,
  remarks: Set<string>,
): Promise<SuiteResult> {
  const { run, remote, configuration, logs, console: log, slot } = options;
  const { sandbox, state } = configuration;
  const start = performance.now();
  const done = (outcome: Outcome, detail: string): SuiteResult => {
    const duration = (performance.now() - start) / 1000;
    log.say(`suite ${suite.name}: ${outcome}${detail === '' ? '' : ` (${detail})`}`);
    return { name: suite.name, outcome, duration, detail };
  };
  const workspace = await Workspace.create(path.join(state, 'work', run.id), sandbox);
  try {
    tellStep('workspace made', run);
    const { base, restored } = await checkOut(
      run.change,
      remote,
      path.join(state, 'mirrors'),
      workspace.directory,
      sandbox.protected_paths,
    );
    tellStep('merged', run);
    log.say(`suite ${suite.name}: ${run.change.revision} merged onto ${base} of ${run.change.branch}`);
    if (restored.length > 0)
      remarks.add(`how it is tested was taken from the target branch: ${restored.slice(0, 5).join(', ')}`);
    await workspace.giveTo(sandbox.first_uid + slot);
    if (suite.prepare !== undefined) {
      const prepared = await prepare(options, suite.prepare, workspace);
      if (prepared.kind === 'cancelled') throw options.signal.reason;
      if (prepared.kind !== 'exit' || prepared.code !== 0)
        return done('undecided', `the preparation ${describeEnd(prepared)}`);
    }
    log.say(`suite ${suite.name}: ${suite.test}`);
    const end = await runInSandbox(
      {
        ...task(options, workspace),
        command: suite.test,
        proxySocket: undefined,
        timeLimit: sandbox.test_time,
        onStarted: () => tellStep('suite started', run),
      },
      sandbox,
    );
    tellStep('suite ended', run);
    if (end.kind === 'cancelled') throw options.signal.reason;
    for (const file of suite.artifacts) await logs.collect(run.id, suite.name, workspace.directory, file);
    return done(judge(end), end.kind === 'exit' && end.code < 2 ? '' : describeEnd(end));
  } finally {
    await workspace.remove();
  }
}

async function prepare(options: SuiteRunOptions, command: string, workspace: Workspace): Promise<SandboxEnd> {
  const { run, configuration, console: log } = options;
  const { sandbox, state } = configuration;
  const socket = path.join(state, `proxy-${run.id}.sock`);
  const proxy = new MirrorProxy(sandbox.allow);
  await proxy.start(socket);
  try {
    log.say(`preparation: ${command}`);
    return await runInSandbox(
      { ...task(options, workspace), command, proxySocket: socket, timeLimit: sandbox.prepare_time },
      sandbox,
    );
  } finally {
    await proxy.stop();
  }
}

function task({ run, slot, console: log, signal }: SuiteRunOptions, workspace: Workspace) {
  return { workspace, slot, runId: run.id, onOutput: (text: string) => log.write(text), signal };
}

/** Exit 0: good. Exit 1 and a limit that was broken: the change's doing. Everything else: something is wrong with us. */
function judge(end: SandboxEnd): Outcome {
  if (end.kind === 'limit') return 'failure';
  if (end.kind !== 'exit' || end.code > 1) return 'undecided';
  return end.code === 0 ? 'success' : 'failure';
}

function outcomeOf(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('failure')) return 'failure';
  return outcomes.includes('undecided') || outcomes.length === 0 ? 'undecided' : 'success';
}

function describeEnd(end: SandboxEnd): string {
  if (end.kind === 'exit') return `ended with exit code ${end.code}`;
  return end.kind === 'cancelled' ? 'was cancelled' : end.detail;
}
