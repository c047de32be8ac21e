import { stampInName } from '../../documents/sample-text.ts';
import {
  type DocumentSource,
  energyDocuments,
  keptInstants,
  type ListedDocument,
  longTermDocuments,
  PROCESSED,
  RAW,
} from '../../documents/schedule.ts';
import type { SimulatedResponse } from '../response.ts';
import { acceptsJson, type Call, get, PCM, type Route, SYSTEM, system } from '../route.ts';
import { refusal, refuse } from './atom-text.ts';
import { documentResponse, type FeedQuery, processedMetricsFeed, rawMetricsFeed, windowOf } from './metrics-feed.ts';

const MONITOR = '(?<monitor>LongTermMonitor|EnergyMonitor)';

/** Feeds and documents of PCM (docs/reference/console-api.md#metric-feeds). */
export const metricRoutes: readonly Route[] = [
  get(`${PCM}/ManagedSystem/${SYSTEM}/RawMetrics/${MONITOR}`, (call) => {
    const title = call.groups.monitor === 'EnergyMonitor' ? 'EnergyMonitorMetrics' : 'LongTermMetrics';
    return rawMetricsFeed(title, feedQuery(call), rawDocuments(call));
  }),
  get(`${PCM}/ManagedSystem/${SYSTEM}/RawMetrics/${MONITOR}/(?<file>[^/]+\\.json)`, (call) =>
    document(call, rawDocuments(call)),
  ),
  get(`${PCM}/ManagedSystem/${SYSTEM}/ProcessedMetrics`, (call) =>
    processedMetricsFeed(feedQuery(call), processedEnergy(call)),
  ),
  get(`${PCM}/ProcessedMetrics/(?<file>EnergyMetrics_ManagedSystem_${SYSTEM}_[^/]+\\.json)`, (call) =>
    document(call, processedEnergy(call), 'application/json'),
  ),
];

/** The documents of the monitor that the path names; 403 while it is off, which is how consoles say so. */
function rawDocuments(call: Call): readonly ListedDocument[] {
  const owner = system(call);
  const flags = call.state.flagsOf(owner);
  const isEnergy = call.groups.monitor === 'EnergyMonitor';
  requireMonitor(call, isEnergy ? flags.energyMonitor : flags.longTermMonitor);
  if (isEnergy && owner.energy !== 'raw') return refuse(404, call.request.path, 'There is no raw energy here.');
  const source = call.state.documentsOf(owner);
  return requestedInstants(call, keptInstants(owner, call.state.feedTime(), RAW), source).flatMap((time) =>
    isEnergy ? energyDocuments(source, time, 'raw') : longTermDocuments(source, time),
  );
}

/** Of the processed metrics, which need aggregation, only energy is served. */
function processedEnergy(call: Call): readonly ListedDocument[] {
  const owner = system(call);
  const flags = call.state.flagsOf(owner);
  requireMonitor(call, flags.aggregation && flags.energyMonitor);
  const isAsked = call.groups.file !== undefined || call.request.query.get('Type') === 'Energy';
  if (!isAsked) return [];
  const source = call.state.documentsOf(owner);
  return requestedInstants(call, keptInstants(owner, call.state.feedTime(), PROCESSED), source).flatMap((time) =>
    energyDocuments(source, time, 'processed'),
  );
}

/** Those of the stamp in a file's name, or those in the window of a feed. */
function requestedInstants({ request, groups }: Call, instants: readonly number[], { timestampOf }: DocumentSource) {
  if (groups.file === undefined) {
    const isAsked = windowOf(request.query, request.path);
    return instants.filter((time) => isAsked(timestampOf(time)));
  }
  const stamp = stampInName(groups.file);
  return instants.filter((time) => timestampOf(time) === stamp);
}

function requireMonitor({ request }: Call, isOn: boolean): void {
  if (!isOn) refuse(403, request.path, 'Performance monitoring is not enabled for this managed system.');
}

function feedQuery(call: Call): FeedQuery {
  const owner = system(call);
  const { path, query } = call.request;
  const now = call.state.documentsOf(owner).timestampOf(call.state.now());
  return { systemId: owner.id, now, path, query };
}

function document(call: Call, documents: readonly ListedDocument[], contentType?: string): SimulatedResponse {
  if (!acceptsJson(call)) return refusal(406, call.request.path, 'The media type is not acceptable.');
  // Two samples have one name after the clock of the console was set back: the later one has replaced the earlier.
  const found = documents.findLast(({ fileName }) => fileName === call.groups.file);
  return documentResponse(call.request.path, found, contentType);
}
