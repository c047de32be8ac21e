import { readPassword } from '../base/read-text-file.ts';
import { Secret } from '../base/secret.ts';
import type { ConsoleOptions, SessionMemory } from '../rest/index.ts';
import type { PowerVmSimulator } from '../simulator/index.ts';
import { proxyOptions } from './config/proxy.ts';
import type { ConsoleConfig } from './config/receiver-schema.ts';
import { tlsOptions } from './config/tls.ts';
import { milliseconds } from './config/values.ts';

/** A console of the configuration, ready to be connected to; and the simulator that plays it, where one does. */
export interface OpenedConsole {
  readonly options: ConsoleOptions;
  readonly simulator: PowerVmSimulator | undefined;
}

export async function openConsole(config: ConsoleConfig, sessionMemory?: SessionMemory): Promise<OpenedConsole> {
  if (config.simulator) return startSimulator(config.simulator);
  const { endpoint = '', username, password, password_file } = config;
  const secret = password_file === undefined ? password : readPassword(password_file);
  const proxy = proxyOptions(config.proxy, endpoint);
  return {
    simulator: undefined,
    options: {
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
      maxAnswerBytes: config.max_answer_bytes,
      ...(sessionMemory ? { sessionMemory } : {}),
    },
  };
}

async function startSimulator({
  systems,
  lpars,
  vioses,
  seed,
  guest_memory,
  scenario,
  fault,
}: NonNullable<ConsoleConfig['simulator']>): Promise<OpenedConsole> {
  const estate = { systems, lpars, vioses, seed, guestMemory: guest_memory };
  // Only where one is configured: it is a tenth of the program.
  const { createSimulator } = await import('./create-simulator.ts');
  const simulator = createSimulator({ ...estate, ...(fault === undefined ? {} : { fault }) }, scenario);
  await simulator.start();
  const { url, username, password } = simulator;
  return { simulator, options: { endpoint: url, username, password: new Secret(password) } };
}
