import { afterEach } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock/clock.ts';
import { type ConsoleOptions, PowerVmConsole } from '../../src/rest/index.ts';
import { PowerVmSimulator, type PowerVmSimulatorOptions } from '../../src/simulator/index.ts';

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Something to be ended after the present test, whether it passed or not. */
export function afterThisTest(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

/** A simulated console on loopback that ends with the test. */
export async function startSimulator(options: PowerVmSimulatorOptions = {}): Promise<PowerVmSimulator> {
  const simulator = new PowerVmSimulator({ lpars: 5, vioses: 2, ...options });
  await simulator.start();
  afterThisTest(() => simulator.stop());
  return simulator;
}

/** Real time, but no one waits: retries follow each other at once. */
export const hurriedClock: Clock = { ...systemClock, sleep: () => Promise.resolve() };

export function optionsFor(simulator: PowerVmSimulator, options: Partial<ConsoleOptions> = {}): ConsoleOptions {
  const { url, username, password, caFile } = simulator;
  return {
    endpoint: url,
    username,
    password,
    clock: hurriedClock,
    ...(caFile === undefined ? {} : { tls: { caFile } }),
    ...options,
  };
}

/** A client of the simulator; logged off after the test. */
export function connect(simulator: PowerVmSimulator, options: Partial<ConsoleOptions> = {}): PowerVmConsole {
  const console = new PowerVmConsole(optionsFor(simulator, options));
  afterThisTest(() => console.logoff());
  return console;
}

/** The only system of a simulator. */
export function onlySystem(simulator: PowerVmSimulator) {
  const [system] = simulator.systems;
  if (!system) throw new Error('the simulator has no system');
  return system;
}
