import { PowerVmSimulator } from '../../src/simulator/index.ts';

/** A response as a console gave it. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Recording {
  readonly systemId: string;
  readonly partitionId: string;
  /** By method and path without query. */
  readonly responses: ReadonlyMap<string, RecordedResponse>;
}

/** Asks a simulator everything that the client ever asks, and writes the responses down. */
export async function recordResponses(): Promise<Recording> {
  const now = Date.parse('2026-03-04T12:00:00Z');
  const simulator = new PowerVmSimulator({ lpars: 4, vioses: 1, console: 'novalink', password: 'p', now: () => now });
  await simulator.start();
  try {
    const [system] = simulator.systems;
    const [partition] = system?.partitions ?? [];
    if (!system || !partition) throw new Error('the simulator is empty');
    const responses = new Map<string, RecordedResponse>();
    const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
      const response = await fetch(simulator.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
      const text = await response.text();
      const kept = [...response.headers].filter(
        ([name]) => !/^(content-length|connection|keep-alive|transfer)/.test(name),
      );
      responses.set(`${method} ${path.replace(/\?.*/, '')}`, {
        status: response.status,
        headers: Object.fromEntries(kept),
        body: text,
      });
      return text;
    };
    const logon = await send(
      'PUT',
      '/rest/api/web/Logon',
      {},
      `<LogonRequest><UserID>${simulator.username}</UserID><Password>p</Password></LogonRequest>`,
    );
    const token = /<X-API-Session[^>]*>([^<]*)</.exec(logon)?.[1]?.replaceAll(/\s/g, '') ?? '';
    const session = { 'X-API-Session': token };
    const uom = '/rest/api/uom/ManagedSystem';
    const pcm = `/rest/api/pcm/ManagedSystem/${system.id}`;
    for (const path of [
      uom,
      `${uom}/quick/All`,
      `${uom}/${system.id}/LogicalPartition`,
      `${uom}/${system.id}/LogicalPartition/quick/All`,
      `${uom}/${system.id}/VirtualIOServer/quick/All`,
      `/rest/api/uom/LogicalPartition/${partition.id.toUpperCase()}/ClientNetworkAdapter`,
      `${pcm}/preferences`,
      '/rest/api/pcm/preferences',
    ]) {
      await send('GET', path, session);
    }
    for (const monitor of ['LongTermMonitor', 'EnergyMonitor']) {
      const feed = await send('GET', `${pcm}/RawMetrics/${monitor}`, session);
      const links = [...feed.matchAll(/href="[a-z]+:\/\/[^/]*([^"]*\.json)"/g)].map(([, path]) => path ?? '');
      // The newest of every kind will do.
      for (const kind of ['_phyp_', '_vios_', '_lpar_', '_fsp_']) {
        const path = links.filter((link) => link.includes(kind)).at(-1);
        if (path !== undefined) await send('GET', path, session);
      }
    }
    return { systemId: system.id, partitionId: partition.id, responses };
  } finally {
    await simulator.stop();
  }
}
