import type { PowerVmSimulator } from '../../src/simulator/index.ts';

export const LOGON = '/rest/api/web/Logon';

/** Where a console is and whom it knows. */
export type SimulatedAccess = Pick<PowerVmSimulator, 'url' | 'username' | 'password'>;

/** A client that shares no code with the product. */
export async function logOn(simulator: SimulatedAccess, password = simulator.password): Promise<Response> {
  return fetch(`${simulator.url}${LOGON}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.ibm.powervm.web+xml; type=LogonRequest' },
    body: `<LogonRequest><UserID>${simulator.username}</UserID><Password>${password}</Password></LogonRequest>`,
  });
}

export async function session(simulator: SimulatedAccess) {
  const text = await (await logOn(simulator)).text();
  const token = /<X-API-Session[^>]*>([^<]*)</.exec(text)?.[1]?.replaceAll(/\s/g, '') ?? '';
  return (path: string, options: RequestInit = {}) =>
    fetch(`${simulator.url}${path}`, { ...options, headers: { 'x-api-session': token, ...options.headers } });
}

/** The paths of the documents that a feed links to. */
export function linksOf(feed: string): string[] {
  return [...feed.matchAll(/href="https:\/\/127\.0\.0\.1:13443([^"]+\.json)"/g)].map((match) => match[1] ?? '');
}
