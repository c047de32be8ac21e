import { ConfigurationError } from '../base/errors/errors.ts';
import { createReplay, createSimulator } from '../collector/create-simulator.ts';
import type { FaultPreset, PowerVmReplay, PowerVmSimulator } from '../simulator/index.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import { untilInterrupted } from './terminal/interruption.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface SimulateArguments {
  readonly port: number;
  readonly host: string;
  readonly systems: number;
  readonly lpars: number;
  readonly vioses: number;
  readonly seed: string;
  readonly tls?: boolean;
  readonly console: 'hmc' | 'novalink';
  readonly username: string;
  /** ISO time at which the estate begins to live. */
  readonly now?: string;
  readonly consoles: number;
  readonly scenario?: string;
  readonly fault?: FaultPreset;
  readonly replay?: string;
  readonly controlPort?: number;
  /** For tests of long times: how much faster than the world the clock goes, from an epoch that others share. */
  readonly clockRate?: number;
  /** Milliseconds since 1970. */
  readonly clockEpoch?: number;
}

/** The clocks of two consoles differ by some seconds, as in the field. */
const CLOCK_STEP = 3_000;

/** Serves a simulated console until it is interrupted. The ready line is one JSON object on standard output. */
export async function simulate(options: SimulateArguments, terminal: Terminal): Promise<ExitCode> {
  const { OTEL_POWERVM_PASSWORD: password } = terminal.environment;
  const { host, port, username } = options;
  const access = { host, port, username, ...(password ? { password } : {}) };
  const served =
    options.replay === undefined ? simulatorOf(options, access) : replayOf(options.replay, options, access);
  const interrupted = untilInterrupted();
  await served.start();
  terminal.print(JSON.stringify(readyLine(served)));
  await interrupted;
  await served.stop();
  return exitCodes.done;
}

interface Access {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
}

function replayOf(
  bundle: string,
  { tls, scenario, fault, consoles }: SimulateArguments,
  access: Access,
): PowerVmReplay {
  if (tls || scenario !== undefined || fault !== undefined || consoles > 1) {
    const message = '--replay answers as recorded: it does not go with --tls, --scenario, --fault or --consoles';
    throw new ConfigurationError('POWERVM_USAGE', message);
  }
  return createReplay(bundle, access);
}

function simulatorOf(options: SimulateArguments, access: Access): PowerVmSimulator {
  const { systems, lpars, vioses, seed, console, tls, fault, controlPort } = options;
  const { now, start } = clockOf(options);
  return createSimulator(
    {
      ...access,
      systems,
      lpars,
      vioses,
      seed,
      console,
      now,
      scenarioStart: start,
      consoles: Array.from({ length: options.consoles }, (_, index) => ({ clockOffset: index * CLOCK_STEP })),
      ...(tls === undefined ? {} : { tls }),
      ...(fault === undefined ? {} : { fault }),
      ...(controlPort === undefined ? {} : { controlPort }),
    },
    options.scenario,
  );
}

function readyLine(served: PowerVmSimulator | PowerVmReplay) {
  const { url, username, password, console, systems } = served;
  const common = {
    event: 'listening',
    url,
    username,
    password,
    console,
    systems: systems.map((system) => (typeof system === 'string' ? system : system.id)),
  };
  if (!('consoles' in served)) return common;
  const { consoles, caFile, controlUrl } = served;
  return {
    ...common,
    ca_file: caFile,
    ...(consoles.length === 1 ? {} : { urls: consoles.map((one) => one.url) }),
    ...(controlUrl === undefined ? {} : { request_log: controlUrl }),
  };
}

/** A clock that shows `--now` at its epoch and continues from there; and when the story begins on it. */
function clockOf({ now, clockRate = 1, clockEpoch = Date.now() }: SimulateArguments): {
  readonly now: () => number;
  readonly start: number;
} {
  const start = now === undefined ? clockEpoch : Date.parse(now);
  if (Number.isNaN(start)) throw new ConfigurationError('POWERVM_USAGE', `--now ${now}: not an ISO time`);
  if (!(clockRate > 0)) throw new ConfigurationError('POWERVM_USAGE', '--clock-rate must be above 0');
  return { now: () => start + (Date.now() - clockEpoch) * clockRate, start };
}
