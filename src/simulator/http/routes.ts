import { stampInName } from '../documents/sample-text.ts';
import {
  type DocumentSource,
  energyDocuments,
  keptInstants,
  type ListedDocument,
  longTermDocuments,
  PROCESSED,
  RAW,
} from '../documents/schedule.ts';
import { everyone } from '../estate/counters.ts';
import type { SimulatedPartition, SimulatedSystem } from '../estate/model.ts';
import type { SimulatedRequest } from '../options.ts';
import type { Answer } from './answer.ts';
import { inventoryEntryAnswer, inventoryFeed, refusal, refuse } from './atom-text.ts';
import {
  ethernetObject,
  findPartition,
  logicalPortObject,
  partitionObject,
  partitionQuick,
  systemObject,
  systemQuick,
} from './inventory-objects.ts';
import { documentAnswer, type FeedQuestion, processedMetricsFeed, rawMetricsFeed, windowOf } from './metrics-feed.ts';
import { consolePreferences, type MonitoringFlags, systemPreferences, updatePreferences } from './preferences.ts';
import { LOGON_PATH, type Sessions } from './sessions.ts';

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

interface Call {
  readonly state: ConsoleState;
  readonly request: SimulatedRequest;
  readonly body: string;
  /** What the pattern of the route caught. */
  readonly groups: Readonly<Record<string, string>>;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  readonly answer: (call: Call) => Answer;
}

const UOM = '/rest/api/uom';
const PCM = '/rest/api/pcm';
const UUID = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';
const SYSTEM = `(?<system>${UUID})`;
const MONITOR = '(?<monitor>LongTermMonitor|EnergyMonitor)';
const KIND = '(?<kind>LogicalPartition|VirtualIOServer)';

/** Every resource that the simulator serves (powervm-rest-api.md 2.1, 2.7, 3.1, 4.1). */
const routes: readonly Route[] = [
  get(`${UOM}/ManagedSystem/quick/All`, (call) => quick(call, call.state.systems.map(systemQuick))),
  get(`${UOM}/ManagedSystem/${SYSTEM}/quick`, (call) => {
    const { UUID: _, ...rest } = systemQuick(system(call));
    return quick(call, rest);
  }),
  get(`${UOM}/ManagedSystem`, (call) => feed(call, call.state.systems.map(systemObject))),
  get(`${UOM}/ManagedSystem/${SYSTEM}`, (call) =>
    inventoryEntryAnswer(call.state.base(), `${UOM}/ManagedSystem`, systemObject(system(call))),
  ),
  get(`${UOM}/ManagedSystem/${SYSTEM}/${KIND}/quick/All`, (call) =>
    quick(
      call,
      members(system(call), call).map((partition) => partitionQuick(partition, system(call), call.state.base())),
    ),
  ),
  get(`${UOM}/ManagedSystem/${SYSTEM}/${KIND}`, (call) => feed(call, members(system(call), call).map(partitionObject))),
  get(`${UOM}/${KIND}/quick/All`, (call) =>
    quick(
      call,
      call.state.systems.flatMap((owner) =>
        members(owner, call).map((partition) => partitionQuick(partition, owner, call.state.base())),
      ),
    ),
  ),
  get(`${UOM}/${KIND}`, (call) =>
    feed(
      call,
      call.state.systems.flatMap((owner) => members(owner, call).map(partitionObject)),
    ),
  ),
  get(`${UOM}/${KIND}/(?<partition>${UUID})`, (call) =>
    inventoryEntryAnswer(call.state.base(), `${UOM}/${call.groups.kind}`, partitionObject(partition(call))),
  ),
  get(`${UOM}/${KIND}/(?<partition>${UUID})/ClientNetworkAdapter`, (call) => {
    const owner = partition(call);
    return feed(
      call,
      owner.ethernet.map((adapter) => ethernetObject(owner, adapter)),
    );
  }),
  get(`${UOM}/${KIND}/(?<partition>${UUID})/SRIOVEthernetLogicalPort`, (call) => {
    const owner = partition(call);
    return feed(
      call,
      owner.logicalPorts.map((port) => logicalPortObject(owner, port)),
    );
  }),
  get(`${PCM}/preferences`, ({ state }) => consolePreferences(state.systems, state.flagsOf)),
  get(`${PCM}/ManagedSystem/${SYSTEM}/preferences`, (call) =>
    systemPreferences(system(call), call.state.flagsOf(system(call))),
  ),
  {
    method: 'POST',
    pattern: exactly(`${PCM}/ManagedSystem/${SYSTEM}/preferences`),
    answer: (call) =>
      updatePreferences(
        system(call),
        call.state.flagsOf(system(call)),
        call.request.path,
        call.body,
        call.request.headers['if-match'],
      ),
  },
  get(`${PCM}/ManagedSystem/${SYSTEM}/RawMetrics/${MONITOR}`, (call) => {
    const title = call.groups.monitor === 'EnergyMonitor' ? 'EnergyMonitorMetrics' : 'LongTermMetrics';
    return rawMetricsFeed(title, question(call), rawDocuments(call));
  }),
  get(`${PCM}/ManagedSystem/${SYSTEM}/RawMetrics/${MONITOR}/(?<file>[^/]+\\.json)`, (call) =>
    document(call, rawDocuments(call)),
  ),
  get(`${PCM}/ManagedSystem/${SYSTEM}/ProcessedMetrics`, (call) =>
    processedMetricsFeed(question(call), processedEnergy(call)),
  ),
  get(`${PCM}/ProcessedMetrics/(?<file>EnergyMetrics_ManagedSystem_${SYSTEM}_[^/]+\\.json)`, (call) =>
    document(call, processedEnergy(call), 'application/json'),
  ),
];

/** Finds the route of a request and answers it, as strict as a console. */
export async function answerRequest(state: ConsoleState, request: SimulatedRequest, body: string): Promise<Answer> {
  const { method, path, headers } = request;
  if (path === LOGON_PATH && method === 'PUT') return state.sessions.logOn(body);
  if (path === LOGON_PATH && method === 'DELETE') return state.sessions.logOff(headers['x-api-session']);
  state.sessions.demand(headers['x-api-session']);
  // Some releases refuse it everywhere; a client that sends it works on none of them.
  if (headers['x-hmc-schema-version'] !== undefined) return refusal(406, path, 'X-HMC-Schema-Version is not accepted.');
  const ofPath = routes.filter(({ pattern }) => pattern.test(path));
  if (ofPath.length === 0) return refusal(404, path, `There is no resource ${path}.`, 'REST000E');
  const route = ofPath.find((candidate) => candidate.method === method);
  if (!route) return refusal(405, path, `${method} is not allowed here.`);
  const answer = route.answer({ state, request, body, groups: route.pattern.exec(path)?.groups ?? {} });
  const etag = answer.headers?.etag;
  const isUnchanged = etag !== undefined && headers['if-none-match'] === etag;
  return isUnchanged ? { status: 304, headers: { etag } } : answer;
}

function get(path: string, answer: Route['answer']): Route {
  return { method: 'GET', pattern: exactly(path), answer };
}

function exactly(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

function system({ state, request, groups }: Call): SimulatedSystem {
  const id = groups.system?.toLowerCase();
  return (
    state.systems.find((candidate) => candidate.id === id) ??
    refuse(404, request.path, `There is no managed system ${id}.`)
  );
}

function partition({ state, request, groups }: Call): SimulatedPartition {
  const id = groups.partition ?? '';
  return findPartition(state.systems, id) ?? refuse(404, request.path, `There is no partition ${id}.`);
}

/** Partitions of the kind that the path names: VIOSes are not among the logical partitions. */
function members(owner: SimulatedSystem, { groups }: Call): readonly SimulatedPartition[] {
  return everyone(owner).filter(({ kind }) => (kind === 'vios') === (groups.kind === 'VirtualIOServer'));
}

function feed({ state, request }: Call, objects: Parameters<typeof inventoryFeed>[2]): Answer {
  return inventoryFeed(state.base(), request.path, objects);
}

function quick(call: Call, value: unknown): Answer {
  if (!acceptsJson(call)) return refusal(406, call.request.path, 'The media type is not acceptable.');
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

function acceptsJson({ request }: Call): boolean {
  const accept = request.headers.accept ?? '*/*';
  return /\*\/\*|application\/(?:\*|json|vnd\.ibm\.powervm\.pcm\.json)/.test(accept);
}

/** The documents of the monitor that the path names; 403 while it is off, which is how consoles say so. */
function rawDocuments(call: Call): readonly ListedDocument[] {
  const owner = system(call);
  const flags = call.state.flagsOf(owner);
  const isEnergy = call.groups.monitor === 'EnergyMonitor';
  demandMonitor(call, isEnergy ? flags.energyMonitor : flags.longTermMonitor);
  if (isEnergy && owner.energy !== 'raw') return refuse(404, call.request.path, 'There is no raw energy here.');
  const source = call.state.documentsOf(owner);
  return askedInstants(call, keptInstants(owner, call.state.feedTime(), RAW), source).flatMap((time) =>
    isEnergy ? energyDocuments(source, time, 'raw') : longTermDocuments(source, time),
  );
}

/** Of the processed metrics, which need aggregation, only energy is served. */
function processedEnergy(call: Call): readonly ListedDocument[] {
  const owner = system(call);
  const flags = call.state.flagsOf(owner);
  demandMonitor(call, flags.aggregation && flags.energyMonitor);
  const isAsked = call.groups.file !== undefined || call.request.query.get('Type') === 'Energy';
  if (!isAsked) return [];
  const source = call.state.documentsOf(owner);
  return askedInstants(call, keptInstants(owner, call.state.feedTime(), PROCESSED), source).flatMap((time) =>
    energyDocuments(source, time, 'processed'),
  );
}

/** Those of the stamp in a file's name, or those in the window of a feed. */
function askedInstants({ request, groups }: Call, instants: readonly number[], { stampOf }: DocumentSource) {
  if (groups.file === undefined) {
    const isAsked = windowOf(request.query, request.path);
    return instants.filter((time) => isAsked(stampOf(time)));
  }
  const stamp = stampInName(groups.file);
  return instants.filter((time) => stampOf(time) === stamp);
}

function demandMonitor({ request }: Call, isOn: boolean): void {
  if (!isOn) refuse(403, request.path, 'Performance monitoring is not enabled for this managed system.');
}

function question(call: Call): FeedQuestion {
  const owner = system(call);
  const { path, query } = call.request;
  const now = call.state.documentsOf(owner).stampOf(call.state.now());
  return { systemId: owner.id, now, path, query };
}

function document(call: Call, documents: readonly ListedDocument[], contentType?: string): Answer {
  if (!acceptsJson(call)) return refusal(406, call.request.path, 'The media type is not acceptable.');
  // Two samples have one name after the clock of the console was set back: the later one has replaced the earlier.
  const found = documents.findLast(({ fileName }) => fileName === call.groups.file);
  return documentAnswer(call.request.path, found, contentType);
}
