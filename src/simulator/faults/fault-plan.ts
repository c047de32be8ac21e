import { bareRefusal, refusal, refusalPage } from '../http/resources/atom-text.ts';
import { documentResponse } from '../http/resources/metrics-feed.ts';
import type { SimulatedFault, SimulatedRequest } from '../options.ts';
import { SeededRandom } from '../random.ts';
import { type Fault, faultSchema, type RandomFaults, type RequestKind, responseFaults } from './fault-schema.ts';
import { requestKind } from './request-kind.ts';

/** Faults of one console, with their schedule and counts. */
interface Rule {
  readonly fault: Fault;
  readonly random: SeededRandom;
  /** Number of matching requests, and of those it failed. */
  requested: number;
  faulted: number;
  readonly pathsRead: Set<string>;
  /** The path of a fault that is about one. */
  onlyPath: string | undefined;
}

/** The default random faults: nothing that takes long. */
const RANDOM_FAULTS: Readonly<Record<string, object>> = {
  latency: { latency: '200ms' },
  stall: { stall: 'within' },
  reset: { reset: 'within' },
  status: { status: 500 },
  truncate: { truncate: 0.5 },
  garble: { garble: 0.02 },
  content_type: { content_type: 'text/html' },
  encoding: { encoding: 'gzip' },
  body: { body: '<html><body>Sign in</body></html>' },
  unfinished: { unfinished: true },
};

/** Only when configured: variations that a client must accept. */
const QUIRKS: Readonly<Record<string, object>> = {
  charset: { charset: 'latin1' },
  references: { references: true },
  foreign_entries: { foreign_entries: true },
  etag: { etag: '0' },
};

/** Which request suffers what: a function of seed, time and the order of the requests. */
export class FaultPlan {
  readonly #rules: readonly Rule[];
  readonly #start: number;

  /** @param start milliseconds since 1970, from which the faults' times count */
  constructor(faults: readonly Fault[], chaos: readonly RandomFaults[], seed: string, start: number) {
    const random = new SeededRandom(seed).for('faults');
    this.#start = start;
    this.#rules = [...faults.filter(affectsResponses), ...chaos.flatMap(randomFaults)].map((fault, index) => ({
      fault,
      random: random.for(index),
      requested: 0,
      faulted: 0,
      pathsRead: new Set(),
      onlyPath: undefined,
    }));
  }

  /** The first fault that fits; `undefined` for a request that goes well. */
  faultOf(request: SimulatedRequest, now: number): SimulatedFault | undefined {
    const kind = requestKind(request);
    for (const rule of this.#rules) {
      if (isConcerned(rule.fault, request, kind, now - this.#start) && isHit(rule, request, kind)) {
        return responseFault(rule.fault, request);
      }
    }
    return undefined;
  }
}

function affectsResponses(fault: Fault): boolean {
  return Object.keys(responseFaults).some((name) => fault[name as keyof Fault] !== undefined);
}

function randomFaults({ of, probability, at, lasts, console }: RandomFaults): readonly Fault[] {
  const names = of ?? Object.keys(RANDOM_FAULTS);
  const common = { at: at / 1_000, console, probability: probability / names.length };
  return names.map((name) => ({
    ...faultSchema.parse({ ...common, ...(RANDOM_FAULTS[name] ?? QUIRKS[name]) }),
    lasts,
  }));
}

function isConcerned(fault: Fault, { path, query }: SimulatedRequest, kind: RequestKind, elapsed: number): boolean {
  if (elapsed < fault.at || (fault.lasts !== undefined && elapsed >= fault.at + fault.lasts)) return false;
  if (fault.requests !== undefined && !fault.requests.includes(kind)) return false;
  if (fault.query !== undefined && !query.toString().includes(fault.query)) return false;
  return fault.path === undefined || path.includes(fault.path);
}

function isHit(rule: Rule, { path }: SimulatedRequest, kind: RequestKind): boolean {
  const { fault, random, pathsRead } = rule;
  if (fault.unfinished) {
    if (kind !== 'document' || pathsRead.has(path)) return false;
    pathsRead.add(path);
  }
  if (fault.one_path) {
    rule.onlyPath ??= path;
    if (path !== rule.onlyPath) return false;
  }
  if (fault.count !== undefined && rule.faulted >= fault.count) return false;
  rule.requested += 1;
  if (fault.probability < 1 && random.fraction(String(rule.requested)) >= fault.probability) return false;
  rule.faulted += 1;
  return true;
}

function responseFault(fault: Fault, { path }: SimulatedRequest): SimulatedFault {
  if (fault.latency !== undefined) return { delay: fault.latency };
  if (fault.stall !== undefined) return { stall: fault.stall };
  if (fault.reset !== undefined) return { breakConnection: fault.reset === 'within' ? 'within' : true };
  if (fault.status !== undefined) return statusFault(fault.status, fault, path);
  if (fault.truncate !== undefined) return { truncate: fault.truncate };
  if (fault.garble !== undefined) return { garble: fault.garble };
  if (fault.encoding !== undefined) return { headers: { 'content-encoding': fault.encoding } };
  if (fault.content_type !== undefined) return { headers: { 'content-type': fault.content_type } };
  if (fault.charset !== undefined) return { charset: fault.charset };
  if (fault.references) return { references: true };
  if (fault.foreign_entries) return { foreignEntries: true };
  if (fault.etag !== undefined) return { headers: { etag: fault.etag } };
  return fault.body === undefined ? { truncate: 0.6 } : { body: fault.body };
}

/** The words of real consoles, where they are known (docs/reference/console-api.md#status-codes-and-errors). */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'The session is not valid or has expired.',
  403: 'The user is not authorized for this resource.',
  404: 'The resource does not exist.',
  500: 'VIOS is busy processing some other request.',
  503: 'MC has just restarted or UUID not found in PCM. Try again after sometime',
};

const FORMS = { entry: refusal, bare: bareRefusal, page: refusalPage };

function statusFault(status: number, { message, retry_after, form = 'entry' }: Fault, path: string): SimulatedFault {
  // A listed document that is gone is a servlet's error page.
  const isDocumentGone = status === 404 && path.endsWith('.json') && message === undefined;
  const { headers, body } = isDocumentGone
    ? documentResponse(path, undefined)
    : FORMS[form](status, path, message ?? MESSAGES[status] ?? 'Unknown internal error.');
  return {
    status,
    headers: { ...headers, ...(retry_after === undefined ? {} : { 'retry-after': String(retry_after) }) },
    ...(body === undefined ? {} : { body }),
  };
}
