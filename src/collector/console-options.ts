import { readPassword } from '../base/files/read-text-file.ts';
import { Secret } from '../base/secrets/secret.ts';
import { type ConsoleOptions, PowerVmConsole, type SessionStore, withScheme } from '../rest/index.ts';
import type { PowerVmSimulator } from '../simulator/index.ts';
import { proxyOptions } from './config/schema/proxy.ts';
import type { ConsoleConfig } from './config/schema/receiver-schema.ts';
import { tlsOptions } from './config/schema/tls.ts';
import { milliseconds } from './config/schema/values.ts';

/** A console of the configuration, ready to be connected to; and the simulator that plays it, where one does. */
export interface OpenedConsole {
  readonly config: ConsoleConfig;
  readonly options: ConsoleOptions;
  /** As the receiver names it. */
  readonly address: string;
  readonly simulator: PowerVmSimulator | undefined;
}

/** @throws {PowerVmError} for a file that cannot be read, an address that is not usable, a scenario that cannot be played */
export async function openConsole(config: ConsoleConfig, sessionStore?: SessionStore): Promise<OpenedConsole> {
  if (!config.simulator) return openReal(config, sessionStore);
  const simulator = await makeSimulator(config.simulator);
  await simulator.start();
  const { url, username, password } = simulator;
  return { config, simulator, address: url, options: { endpoint: url, username, password: new Secret(password) } };
}

/** The same as far as it goes without listening anywhere. */
export async function startNoSimulator(config: ConsoleConfig, sessionStore?: SessionStore): Promise<OpenedConsole> {
  if (!config.simulator) return openReal(config, sessionStore);
  if (config.simulator.scenario !== undefined) await makeSimulator(config.simulator);
  return { config, simulator: undefined, address: NOWHERE, options: { endpoint: NOWHERE } };
}

/** No connection is made to it. */
const NOWHERE = 'http://localhost';

function openReal(config: ConsoleConfig, sessionStore: SessionStore | undefined): OpenedConsole {
  const { username, password, password_file } = config;
  const endpoint = withScheme(config.endpoint ?? '');
  const secret = password_file === undefined ? password : readPassword(password_file);
  const proxy = proxyOptions(config.proxy, endpoint);
  const options = {
    endpoint,
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: new Secret(secret) }),
    tls: {
      ...tlsOptions(config.tls),
      ...(config.tls?.fingerprint === undefined ? {} : { fingerprint: config.tls.fingerprint }),
    },
    ...(proxy === undefined ? {} : { proxy }),
    allowClearText: config.allow_clear_text,
    connectTimeout: milliseconds(config.connect_timeout),
    readTimeout: milliseconds(config.read_timeout),
    maxRequestsPerMinute: config.max_requests_per_minute,
    maxResponseBytes: config.max_answer_bytes,
    ...(sessionStore ? { sessionStore } : {}),
  };
  // Made to be looked at: what is wrong with this console is reported this console.
  const { endpoint: address } = new PowerVmConsole(options);
  return { config, simulator: undefined, address, options };
}

async function makeSimulator({
  systems,
  lpars,
  vioses,
  seed,
  guest_memory,
  scenario,
  fault,
}: NonNullable<ConsoleConfig['simulator']>): Promise<PowerVmSimulator> {
  const estate = { systems, lpars, vioses, seed, guestMemory: guest_memory };
  // Only where one is configured: it is a tenth of the program.
  const { createSimulator } = await import('./create-simulator.ts');
  return createSimulator({ ...estate, ...(fault === undefined ? {} : { fault }) }, scenario);
}
