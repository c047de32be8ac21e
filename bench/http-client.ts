/**
 * What a response of 1.7 MB costs over TLS with kept connections: processor time of this process with our client (which
 * is got), with `node:https`, and with undici, in turns. The server is a process of its own.
 *
 *   npm run bench:http-client
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import path from 'node:path';
import { Agent, request } from 'undici';
import { HttpClient } from '../src/base/http/http-client.ts';
import { cpuOf, median, report } from './helpers/measure.ts';

const BYTES = 1_700_000;
const WARM_UP = 20;
const ROUNDS = 120;
/** Requests of one measurement: a single one is near the resolution of the processor's clock. */
const REQUESTS = 5;
const MOST = 1.25;

const server = fork(path.join(import.meta.dirname, 'helpers/https-server-process.ts'), [String(BYTES)], {
  execArgv: ['--import', 'tsx'],
});
const [{ url, ca }] = await once(server, 'message');

const ours = new HttpClient({
  tls: { ca },
  connectTimeout: 10_000,
  readTimeout: 180_000,
  maxResponseBytes: 32 * 1024 * 1024,
});
const agent = new https.Agent({ keepAlive: true, ca });
const dispatcher = new Agent({ connect: { ca } });

function overNode(): Promise<string> {
  return new Promise((resolve, reject) => {
    https
      .get(url, { agent }, async (incoming) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk);
        resolve(Buffer.concat(chunks).toString('utf8'));
      })
      .once('error', reject);
  });
}

const clients = {
  ours: async () => (await ours.send(new URL(url), { method: 'GET' })).body,
  node: overNode,
  undici: async () => (await request(url, { dispatcher })).body.text(),
};
type Client = keyof typeof clients;
const names = Object.keys(clients) as Client[];
const measured: Record<Client, number[]> = { ours: [], node: [], undici: [] };
for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
  // In turns, each first as often as the others, so that no one always pays for the garbage of the same one.
  for (let turn = 0; turn < names.length; turn += 1) {
    const name = names[(round + turn) % names.length] as Client;
    const cpu = await cpuOf(async () => {
      for (let number = 0; number < REQUESTS; number += 1) {
        const { length } = await clients[name]();
        if (length !== BYTES) throw new Error(`${name} read ${length} bytes`);
      }
    });
    if (round >= WARM_UP) measured[name].push(cpu / REQUESTS);
  }
}
ours.closeConnections();
agent.destroy();
await dispatcher.close();
server.kill();

const [got, node, undici] = [median(measured.ours), median(measured.node), median(measured.undici)];
report('node:https', node, 'ms');
report('undici', undici, 'ms');
report('undici against node:https', undici / node, 'x');
report('our client, on got', got, 'ms');
report(`our client against node:https (aim: at most ${MOST})`, got / node, 'x');
if (!(got / node <= MOST)) process.exitCode = 1;
