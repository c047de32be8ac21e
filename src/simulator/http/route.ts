import type { DocumentSource } from '../documents/schedule.ts';
import type { SimulatedSystem } from '../estate/model.ts';
import type { SimulatedRequest } from '../options.ts';
import { refuse } from './resources/atom-text.ts';
import type { MonitoringFlags } from './resources/preferences.ts';
import type { SimulatedResponse } from './response.ts';
import type { Sessions } from './sessions.ts';

/** What the routes look at. */
export interface ConsoleState {
  /** As they are at present. */
  readonly systems: readonly SimulatedSystem[];
  readonly sessions: Sessions;
  readonly flagsOf: (system: SimulatedSystem) => MonitoringFlags;
  /** The time of the estate. */
  readonly now: () => number;
  /** The time of the newest samples that may be listed. */
  readonly feedTime: () => number;
  readonly documentsOf: (system: SimulatedSystem) => DocumentSource;
  /** `http://127.0.0.1:1234` */
  readonly base: () => string;
}

export interface Call {
  readonly state: ConsoleState;
  readonly request: SimulatedRequest;
  readonly body: string;
  /** What the pattern of the route caught. */
  readonly groups: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  readonly response: (call: Call) => SimulatedResponse;
}

export const UOM = '/rest/api/uom';
export const PCM = '/rest/api/pcm';
export const UUID = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';
export const SYSTEM = `(?<system>${UUID})`;

export function get(path: string, response: Route['response']): Route {
  return { method: 'GET', pattern: exactly(path), response };
}

export function exactly(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

/** The managed system that the path names. */
export function system({ state, request, groups }: Call): SimulatedSystem {
  const id = groups.system?.toLowerCase();
  return (
    state.systems.find((candidate) => candidate.id === id) ??
    refuse(404, request.path, `There is no managed system ${id}.`)
  );
}

/** Whether the client takes JSON: a typed `Accept` of the XML API is answered with 406. */
export function acceptsJson({ request }: Call): boolean {
  const accept = request.headers.accept ?? '*/*';
  return /\*\/\*|application\/(?:\*|json|vnd\.ibm\.powervm\.pcm\.json)/.test(accept);
}
