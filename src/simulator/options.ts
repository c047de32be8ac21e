import type { FaultPreset } from './faults/preset-names.ts';
import type { ScenarioOptions } from './scenario/scenario.ts';

/** How the simulated estate looks and behaves. Everything has a default. */
export interface PowerVmSimulatorOptions {
  /** Managed systems. Default 1; a NovaLink console manages exactly one. */
  readonly systems?: number;
  /** Client partitions of each system. Default 12. */
  readonly lpars?: number;
  /** VIOSes of each system. Default 2. */
  readonly vioses?: number;
  /** The same seed gives the same estate with the same numbers at the same time. Default `otel-powervm`. */
  readonly seed?: string;
  /** Which kind of console it plays. Default `hmc`. */
  readonly console?: 'hmc' | 'novalink';
  /** Default `hscroot`. */
  readonly username?: string;
  /** Default: a random one, see {@link PowerVmSimulator.password}. */
  readonly password?: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. Of the first console; further ones have their own, see {@link consoles}. */
  readonly port?: number;
  /** HTTPS with a certificate of its own, which {@link PowerVmSimulator.caFile} names. Default false. */
  readonly tls?: boolean;
  /** Several consoles that manage the same systems, each with its own sessions and faults. Default one. */
  readonly consoles?: readonly SimulatedConsoleOptions[];
  /** A loopback port for {@link PowerVmSimulator.controlUrl}; 0 for any free one. Default: none is opened. */
  readonly controlPort?: number;
  /** Whether lpar documents (memory inside the guests, every two minutes) are served. Default: on NovaLink only. */
  readonly guestMemory?: boolean;
  /** Whether energy is monitored, and whether only processed values are there of it. Default true: raw and processed. */
  readonly energy?: boolean | 'processed';
  /** Whether the frames have host Ethernet adapters, as POWER7 does. Default false. */
  readonly hostEthernet?: boolean;
  /** Whether the hypervisor lists the first partition twice, with and without dashes in its UUID. Default false. */
  readonly listsTwice?: boolean;
  /** Whether long-term monitoring is on at the start. Default true. */
  readonly longTermMonitor?: boolean;
  /** What happens to the estate and its consoles, from {@link scenarioStart} on; docs/simulator.md has the events. */
  readonly scenario?: ScenarioOptions;
  /** Milliseconds since 1970 of the estate's time. Default: when the simulator is made. */
  readonly scenarioStart?: number;
  /** One of the typical problems of the first ten minutes, from the start on. */
  readonly fault?: FaultPreset;
  /** The time of the estate, milliseconds since 1970; tests pass a clock that they move. Default the machine's. */
  readonly now?: () => number;
  /** Asked before every request is answered: a fault to answer with instead, or `undefined` for none. */
  readonly intercept?: (request: SimulatedRequest) => SimulatedFault | undefined;
}

/** One of several consoles. */
export interface SimulatedConsoleOptions {
  /** Default 0: any free one; the first has {@link PowerVmSimulatorOptions.port}. */
  readonly port?: number;
  /** Milliseconds that its clock, and so the stamps of its samples, are ahead. Default 0. */
  readonly clockOffset?: number;
}

/** A request as the simulator received it. */
export interface SimulatedRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What to answer instead of the truth. Fields that are not given stay as they would be. */
export interface SimulatedFault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends only so many characters of the true body, as if the console had lost the rest. */
  readonly truncateTo?: number;
  /** The share of the body that is sent, from 0 to 1. */
  readonly truncate?: number;
  /** The share of the body's characters that are others, from 0 to 1. */
  readonly garble?: number;
  /** Announces ISO-8859-1, and sends that or UTF-8. */
  readonly charset?: 'latin1' | 'utf8';
  /** Writes characters beyond ASCII as references. */
  readonly references?: boolean;
  /** Puts an event and the response of a job among the entries of a feed. */
  readonly foreignEntries?: boolean;
  /** Milliseconds of real time before the response. */
  readonly delay?: number;
  /** Breaks the connection instead of answering, or in the middle of the body. */
  readonly breakConnection?: boolean | 'within';
  /** Leaves the connection open and sends nothing, or nothing more after half of the body. */
  readonly stall?: 'before' | 'within';
}
