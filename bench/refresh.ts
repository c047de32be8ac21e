/**
 * One refresh of a system with 1,000 partitions and 4 VIOSes, against the floor of the same run: the same bytes over
 * got, one parse of the feed, and a plain JSON.parse of every document.
 *
 *   npm run bench:refresh
 */
import { XMLParser } from 'fast-xml-parser';
import got from 'got';
import { PowerVmReceiver } from '../src/receiver/index.ts';
import { PowerVmConsole } from '../src/rest/index.ts';
import { cpuOf, median, report } from './helpers/measure.ts';
import { SimulatedConsole } from './helpers/simulated-console.ts';

const LPARS = 1_000;
const VIOSES = 4;
const WARM_UP = 120;
const CYCLES = 120;

const console = await SimulatedConsole.start(LPARS, VIOSES);
const { url: endpoint, username, password, systemId } = console;
const observed: string[] = [];
const receiver = new PowerVmReceiver({ consoles: [{ endpoint, username, password }] });
const client = new PowerVmConsole({ endpoint, username, password, onRequest: ({ kind }) => observed.push(kind) });

// A session of its own for the floor; its token is not the client's to give away.
const token = await logOn();
const xml = new XMLParser({ ignoreAttributes: false });
let bytes = 0;

async function logOn(): Promise<string> {
  const body = `<LogonRequest><UserID>${username}</UserID><Password>${password}</Password></LogonRequest>`;
  const response = await got.put(`${endpoint}/rest/api/web/Logon`, { body }).text();
  return /<X-API-Session[^>]*>([^<]*)</.exec(response)?.[1]?.replaceAll(/\s/g, '') ?? '';
}

async function fetchText(path: string): Promise<string> {
  const text = await got(`${endpoint}${path}`, { headers: { 'X-API-Session': token } }).text();
  bytes += text.length;
  return text;
}

async function floor(feed: string, documents: readonly string[]): Promise<void> {
  bytes = 0;
  xml.parse(await fetchText(feed));
  for (const document of documents) JSON.parse(await fetchText(document));
}

const ours: number[] = [];
const floors: number[] = [];
let newest = 0;
for (let cycle = 0; cycle < WARM_UP + CYCLES; cycle += 1) {
  await console.advance(30_000);
  const entries = await client.longTermMonitorFeed(systemId, newest === 0 ? undefined : newest - 150_000);
  const fresh = entries.filter(({ listedAt }) => listedAt > newest).slice(-(VIOSES + 2));
  const since = newest === 0 ? '' : `?StartTS=${new Date(newest - 150_000).toISOString().slice(0, 19)}Z`;
  const feed = `/rest/api/pcm/ManagedSystem/${systemId}/RawMetrics/LongTermMonitor${since}`;
  newest = Math.max(...entries.map(({ listedAt }) => listedAt));
  const documents = fresh.map(({ path }) => path);
  const measureFloor = async () => floors.push(await cpuOf(() => floor(feed, documents)));
  const measureOurs = async () => ours.push(await cpuOf(() => receiver.refresh({ withInventory: false })));
  // In turns, so that neither always pays for the garbage of the other.
  for (const measure of cycle % 2 === 0 ? [measureFloor, measureOurs] : [measureOurs, measureFloor]) await measure();
}
await receiver.stop();
await client.logoff();
console.stop();

report('partitions', LPARS, '');
report('megabytes of a cycle', bytes / 1e6, 'MB');
const steady = (values: readonly number[]) => median(values.slice(WARM_UP));
report('floor: got, JSON.parse, one parse of the feed (median CPU)', steady(floors), 'ms');
report('one refresh, to inspector results for every partition (median CPU)', steady(ours), 'ms');
report('ratio (bound: 2)', steady(ours) / steady(floors), 'x');

const requestsOf = async (lpars: number) => {
  const small = await SimulatedConsole.start(lpars, VIOSES);
  const reader = new PowerVmReceiver({
    consoles: [{ endpoint: small.url, username: small.username, password: small.password }],
  });
  await reader.refresh({ withInventory: false });
  const before = await small.advance(30_000);
  await reader.refresh({ withInventory: false });
  const after = await small.advance(0);
  await reader.stop();
  small.stop();
  return after - before;
};
report('requests of one cycle, 10 partitions', await requestsOf(10), '');
report('requests of one cycle, 1,000 partitions', await requestsOf(1_000), '');
