import { type Clock, systemClock } from '../../base/clock/clock.ts';
import { describeError, PowerVmError } from '../../base/errors/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { type ConsoleOptions, type ManagedSystem, PowerVmConsole } from '../../rest/index.ts';
import { isSelected, openConnection } from '../connection/connection.ts';
import type { ConnectionArguments } from '../connection/connection-options.ts';
import { type ExitCode, exitCodes } from '../terminal/exit-code.ts';
import { untilInterrupted } from '../terminal/interruption.ts';
import { type OutputFormat, reportError, type Terminal } from '../terminal/terminal.ts';
import { type Change, flagsOf, requireCapacity } from './change.ts';
import { renderChanges } from './change-table.ts';
import { awaitSample } from './sample-arrival.ts';
import { defaultUndoFile, readUndoFile, type SwitchedSystem, writeUndoFile } from './undo-file.ts';

export interface EnablePcmArguments extends ConnectionArguments {
  /** UUID, name or MTMS. */
  readonly system?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly undo?: boolean;
  readonly undoFile?: string;
  readonly format?: OutputFormat;
}

/** A client, and the time of its console: the stamp of its newest answer. */
interface OpenConsole {
  readonly client: PowerVmConsole;
  readonly time: () => number | undefined;
}

interface Work {
  readonly changes: readonly Change[];
  readonly consoles: readonly OpenConsole[];
  readonly undoFile: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** Shows what long-term monitoring would become; with `--yes` switches it on, with `--undo --yes` takes that back. */
export async function enablePcm(
  options: EnablePcmArguments,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<ExitCode> {
  if (options.dryRun && options.yes) throw new PowerVmError('POWERVM_USAGE', '--dry-run and --yes exclude each other');
  const connection = await openConnection(options, terminal);
  const interruption = new AbortController();
  const finished = new AbortController();
  void untilInterrupted(finished.signal).then(() => interruption.abort());
  const consoles = connection.receiver.consoles.map((console) => open(console, terminal));
  const undoFile = options.undoFile ?? defaultUndoFile(terminal.environment);
  const { signal } = interruption;
  try {
    const keeps = (system: ManagedSystem) =>
      (connection.receiver.systems?.(system) ?? true) &&
      isSelected(options.system, [system.id, system.name, system.mtms]);
    const { changes, failure } = options.undo
      ? await plannedUndo(consoles, await readUndoFile(undoFile), keeps, signal, terminal)
      : await plannedSwitches(consoles, keeps, signal, terminal);
    await requireCapacity(changes, signal);
    const isDryRun = options.dryRun === true || options.yes !== true;
    if (!isDryRun) await apply({ changes, consoles, undoFile, clock, signal, terminal });
    if (changes.length > 0) terminal.print(renderChanges(changes, isDryRun, options.format, terminal));
    if (isDryRun && changes.some(({ target }) => target !== undefined)) {
      terminal.report('nothing was changed: --yes does it');
    }
    return failure ?? firstFailure(changes, terminal);
  } finally {
    finished.abort();
    await Promise.all(consoles.map(({ client }) => client.logoff()));
    await connection.close();
  }
}

function open(options: ConsoleOptions, terminal: Terminal): OpenConsole {
  let time: number | undefined;
  const client = new PowerVmConsole({
    ...options,
    logger: { ...silentLogger, warn: (_fields, message) => terminal.report(message) },
    onRequest: ({ consoleTime }) => {
      time = consoleTime ?? time;
    },
  });
  return { client, time: () => time };
}

interface Plan {
  readonly changes: readonly Change[];
  /** What to exit with although something could be looked at. */
  readonly failure: ExitCode | undefined;
}

/** Every system once, through the first console that manages it. */
async function plannedSwitches(
  consoles: readonly OpenConsole[],
  keeps: (system: ManagedSystem) => boolean,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<Plan> {
  const changes = new Map<string, Change>();
  const errors: unknown[] = [];
  for (const { client } of consoles) {
    try {
      for (const system of (await client.managedSystems(signal)).filter(keeps)) {
        if (changes.has(system.id)) continue;
        const before = await client.pcmPreferences(system.id, signal);
        changes.set(system.id, { client, system, before, target: before.longTermMonitor === true ? undefined : true });
      }
    } catch (error) {
      errors.push(error);
    }
  }
  if (changes.size === 0 && errors.length === 0) {
    throw new PowerVmError('POWERVM_NO_SYSTEM', 'no managed system is left by the filters and --system');
  }
  const codes = errors.map((error) => reportError(terminal, error));
  return { changes: [...changes.values()], failure: codes[0] };
}

/** What the file says that we switched on through these consoles. */
async function plannedUndo(
  consoles: readonly OpenConsole[],
  switched: readonly SwitchedSystem[],
  keeps: (system: ManagedSystem) => boolean,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<Plan> {
  const changes: Change[] = [];
  for (const { client } of consoles) {
    const ours = switched.filter(({ console }) => console === client.endpoint);
    const systems = ours.length === 0 ? [] : (await client.managedSystems(signal)).filter(keeps);
    for (const { system, before: recorded } of ours) {
      const known = systems.find(({ id }) => id === system.id);
      if (!known) continue;
      const before = await client.pcmPreferences(system.id, signal);
      const target = recorded.long_term_monitor ?? false;
      changes.push({ client, system: known, before, target: before.longTermMonitor === target ? undefined : target });
    }
  }
  if (changes.length === 0) terminal.report('nothing to take back: no switching of these systems is written down');
  return { changes, failure: undefined };
}

/** One after the other: a console is a small machine. What fails costs only itself. */
async function apply({ changes, consoles, undoFile, clock, signal, terminal }: Work): Promise<void> {
  for (const change of changes) {
    const { client, system, target } = change;
    const others = (await readUndoFile(undoFile)).filter((one) => !isOf(one, change));
    if (target === undefined) {
      // It was already reverted by someone else.
      if (change.before.longTermMonitor === false) await writeUndoFile(undoFile, others);
      continue;
    }
    // Before it is done: what was done and not written down could never be taken back.
    if (target) await writeUndoFile(undoFile, [...others, switchedSystem(change, clock)]);
    terminal.report(`${system.name}: switching long-term monitoring ${target ? 'on' : 'off'} …`);
    try {
      change.after = await client.switchLongTermMonitor(system.id, target, signal);
      if (change.after.longTermMonitor !== target) throw unmoved(change);
      if (!target) await writeUndoFile(undoFile, others);
    } catch (error) {
      if (signal.aborted) throw error;
      change.error = typed(error);
      if (target) await writeUndoFile(undoFile, others);
    }
  }
  await Promise.all(
    changes.map(async (change) => {
      if (change.error || !change.after || !change.target) return;
      const switchedAt = consoles.find(({ client }) => client === change.client)?.time();
      const onPoll = () => terminal.report(`${change.system.name}: waiting for the first sample …`);
      try {
        const options = { clock, signal, onPoll };
        change.sampleTime = await awaitSample(change.client, change.system, switchedAt, options);
      } catch (error) {
        change.error = typed(error);
      }
    }),
  );
}

function isOf({ console, system }: SwitchedSystem, change: Change): boolean {
  return console === change.client.endpoint && system.id === change.system.id;
}

function switchedSystem({ client, system, before }: Change, clock: Clock): SwitchedSystem {
  return {
    console: client.endpoint,
    system: { id: system.id, name: system.name },
    switched_at: new Date(clock.now()).toISOString(),
    before: flagsOf(before),
  };
}

/**
 * A console that aggregates leaves long-term monitoring on, without a word (docs/reference/console-api.md#preferences).
 */
function unmoved({ system, target, after }: Change): PowerVmError {
  const reason = after?.aggregation ? ': it aggregates, which needs it; switch aggregation off first' : '';
  return new PowerVmError(
    'POWERVM_REQUEST_REJECTED',
    `${system.name}: the console left long-term monitoring ${target ? 'off' : 'on'}${reason}`,
  );
}

function typed(error: unknown): PowerVmError {
  return error instanceof PowerVmError
    ? error
    : new PowerVmError('POWERVM_REQUEST_REJECTED', describeError(error), { cause: error });
}

function firstFailure(changes: readonly Change[], terminal: Terminal): ExitCode {
  const codes = changes.flatMap(({ error }) => (error ? [reportError(terminal, error)] : []));
  if (changes.some(({ error }) => error?.code === 'POWERVM_FORBIDDEN')) {
    terminal.report('Changing PCM needs a task role that may change it, such as hmcsuperadmin: hmcviewer only looks.');
  }
  return codes[0] ?? exitCodes.done;
}
