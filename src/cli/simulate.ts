import { ConfigurationError } from '../base/errors.ts';
import { PowerVmSimulator } from '../simulator/index.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { untilInterrupted } from './interruption.ts';
import type { Terminal } from './terminal.ts';

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
}

/** Serves a simulated console until it is interrupted. The ready line is one JSON object on standard output. */
export async function simulate(options: SimulateArguments, terminal: Terminal): Promise<ExitCode> {
  const { OTEL_POWERVM_PASSWORD: password } = terminal.environment;
  const { port, host, systems, lpars, vioses, seed, console, username, tls } = options;
  const simulator = new PowerVmSimulator({
    port,
    host,
    systems,
    lpars,
    vioses,
    seed,
    console,
    username,
    ...(password ? { password } : {}),
    ...(tls ? { tls } : {}),
    ...(options.now === undefined ? {} : { now: clockFrom(options.now) }),
  });
  const interrupted = untilInterrupted();
  await simulator.start();
  terminal.print(
    JSON.stringify({
      event: 'listening',
      url: simulator.url,
      username: simulator.username,
      password: simulator.password,
      console: simulator.console,
      systems: simulator.systems.map(({ id }) => id),
      ca_file: simulator.caFile,
    }),
  );
  await interrupted;
  await simulator.stop();
  return exitCodes.done;
}

/** A clock that shows `text` now and goes on from there. */
function clockFrom(text: string): () => number {
  const start = Date.parse(text);
  if (Number.isNaN(start)) throw new ConfigurationError('POWERVM_USAGE', `--now ${text}: not an ISO time`);
  const offset = start - Date.now();
  return () => Date.now() + offset;
}
