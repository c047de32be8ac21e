import type { PowerVmSimulatorOptions } from '../../src/simulator/index.ts';

export interface SimulatorStart {
  readonly estate: PowerVmSimulatorOptions;
  readonly rate: number;
  /** Milliseconds since 1970. */
  readonly epoch: number;
}

export interface SimulatorReady {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly systems: readonly { readonly id: string; readonly name: string; readonly partitions: readonly string[] }[];
}

export interface SimulatorOrder {
  /** `off`: no response at all; `starting`: it answers, and says that it is not there yet. */
  readonly health: 'well' | 'off' | 'starting';
}

/** What the console has seen. */
export interface SimulatorRequestLog {
  readonly sessions: {
    readonly opened: number;
    readonly closed: number;
    readonly refused: number;
    readonly active: number;
  };
  readonly requests: number;
  readonly mostAtOnce: number;
  readonly mostSessions: number;
  /** Requests in the busiest minute (of simulated time) in which the console was down or starting. */
  readonly mostInMinuteOfReboot: number;
}
