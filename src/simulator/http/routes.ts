import type { SimulatedRequest } from '../options.ts';
import { refusal } from './resources/atom-text.ts';
import { inventoryRoutes } from './resources/inventory-routes.ts';
import { metricRoutes } from './resources/metric-routes.ts';
import { consolePreferences, systemPreferences, updatePreferences } from './resources/preferences.ts';
import type { SimulatedResponse } from './response.ts';
import { type ConsoleState, exactly, get, PCM, type Route, SYSTEM, system } from './route.ts';
import { LOGON_PATH } from './sessions.ts';

/** What is monitored, read and changed (docs/reference/console-api.md#preferences). */
const preferenceRoutes: readonly Route[] = [
  get(`${PCM}/preferences`, ({ state }) => consolePreferences(state.systems, state.flagsOf)),
  get(`${PCM}/ManagedSystem/${SYSTEM}/preferences`, (call) =>
    systemPreferences(system(call), call.state.flagsOf(system(call))),
  ),
  {
    method: 'POST',
    pattern: exactly(`${PCM}/ManagedSystem/${SYSTEM}/preferences`),
    response: (call) =>
      updatePreferences(
        system(call),
        call.state.flagsOf(system(call)),
        call.request.path,
        call.body,
        call.request.headers['if-match'],
      ),
  },
];

const routes = [...inventoryRoutes, ...preferenceRoutes, ...metricRoutes];

/** Finds the route of a request and answers it, as strict as a console. */
export async function handleRequest(
  state: ConsoleState,
  request: SimulatedRequest,
  body: string,
): Promise<SimulatedResponse> {
  const { method, path, headers } = request;
  if (path === LOGON_PATH && method === 'PUT') return state.sessions.logOn(body);
  if (path === LOGON_PATH && method === 'DELETE') return state.sessions.logOff(headers['x-api-session']);
  state.sessions.require(headers['x-api-session']);
  // Some releases refuse it everywhere; a client that sends it works on none of them.
  if (headers['x-hmc-schema-version'] !== undefined) return refusal(406, path, 'X-HMC-Schema-Version is not accepted.');
  const ofPath = routes.filter(({ pattern }) => pattern.test(path));
  if (ofPath.length === 0) return refusal(404, path, `There is no resource ${path}.`, 'REST000E');
  const route = ofPath.find((candidate) => candidate.method === method);
  if (!route) return refusal(405, path, `${method} is not allowed here.`);
  const response = route.response({ state, request, body, groups: route.pattern.exec(path)?.groups ?? {} });
  const etag = response.headers?.etag;
  const isUnchanged = etag !== undefined && headers['if-none-match'] === etag;
  return isUnchanged ? { status: 304, headers: { etag } } : response;
}
