import net, { type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { type Clock, systemClock } from '../../src/base/clock/clock.ts';
import { errorCatalog } from '../../src/base/errors/error-catalog.ts';
import { PowerVmError } from '../../src/base/errors/errors.ts';
import {
  parseEnergyDocument,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import { PowerVmConsole } from '../../src/rest/index.ts';
import { randomNumbers } from '../helpers/random-numbers.ts';
import { mutateResponse, wire } from './mutate-answer.ts';
import { type RecordedResponse, type Recording, recordResponses } from './recorded-answers.ts';

export interface FuzzResult {
  /** How often each code came, and `fine` where the client made sense of the response. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What must never happen: `seed/number: what`. */
  readonly violations: readonly string[];
  /** Bytes of heap after collection, at the start and at the end; undefined without `--expose-gc`. */
  readonly heap: { readonly before: number; readonly after: number } | undefined;
  /** Bytes. */
  readonly maxResidentMemory: number;
}

const PASSWORD = 'planted-password';
/** Longer than any time-out of a socket here: what takes so long hangs. */
const HANGS_AFTER = 10_000;
/** Sockets here wait for a tenth of a second. */
const LONGER_THAN_SOCKETS = 300;

/**
 * Lets a client ask its questions of a console of which every response is wrong in one of many ways, over real sockets.
 * Whatever happens must be an error with a code of the catalogue, on one line, without a secret; and must end.
 */
export async function fuzzClient(count: number, seed: number): Promise<FuzzResult> {
  const recording = await recordResponses();
  const console = await startMutatingConsole(recording);
  const outcomes: Record<string, number> = {};
  const violations: string[] = [];
  const note = (what: string) => violations.length < 20 && violations.push(what);
  const onUnhandled = (reason: unknown) => note(`unhandled: ${inspect(reason)}`);
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled).on('warning', onUnhandled);
  const heapBefore = collectedHeap();
  const questions = requestsFor(recording);
  let client: FuzzedClient | undefined;
  try {
    for (let number = 0; number < count; number += 1) {
      const question = questions[number % questions.length];
      if (!question) throw new Error('there are no questions');
      console.spoil(question.concerns, randomNumbers(seed * 1_000_003 + number));
      // The first question of a round is about the logon.
      client = number % questions.length === 0 ? undefined : client;
      client ??= connect(console.port);
      const outcome = await requestOnce(question, client);
      const isKnown = outcome === 'fine' || outcome in errorCatalog;
      if (!isKnown) note(`${seed}/${number}: ${outcome}`);
      const name = isKnown ? outcome : 'violation';
      outcomes[name] = (outcomes[name] ?? 0) + 1;
      if (client.console.health.isLogonRefused) client = undefined;
    }
  } finally {
    process.off('unhandledRejection', onUnhandled).off('uncaughtException', onUnhandled).off('warning', onUnhandled);
    await console.stop();
  }
  const heapAfter = collectedHeap();
  return {
    outcomes,
    violations,
    heap: heapBefore === undefined || heapAfter === undefined ? undefined : { before: heapBefore, after: heapAfter },
    maxResidentMemory: process.resourceUsage().maxRSS * 1024,
  };
}

interface MutatingConsole {
  readonly port: number;
  /** The next answer to a request that `concerns` is mutated; all others are true. */
  readonly spoil: (concerns: (target: string) => boolean, random: () => number) => void;
  readonly stop: () => Promise<void>;
}

async function startMutatingConsole({ responses }: Recording): Promise<MutatingConsole> {
  let spoiled: { readonly concerns: (target: string) => boolean; readonly random: () => number } | undefined;
  const notFound: RecordedResponse = { status: 404, headers: {}, body: 'no such thing' };
  const answerTo = (head: string): Buffer => {
    const [method = '', path = ''] = head.split(' ');
    const target = `${method} ${path.replace(/\?.*/, '')}`;
    const truth =
      method === 'DELETE'
        ? { ...notFound, status: 204, body: '' }
        : (responses.get(target.replace('POST', 'GET')) ?? notFound);
    if (!spoiled?.concerns(target)) return wire(truth.status, truth.headers, truth.body);
    const { random } = spoiled;
    spoiled = undefined;
    return mutateResponse(truth, random);
  };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let received = '';
    const onData = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      socket.off('data', onData);
      socket.end(answerTo(received));
    };
    socket.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    spoil: (concerns, random) => {
      spoiled = { concerns, random };
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface FuzzedClient {
  readonly console: PowerVmConsole;
  readonly clock: FlyingClock;
}

function connect(port: number): FuzzedClient {
  const clock = new FlyingClock();
  const console = new PowerVmConsole({
    endpoint: `http://127.0.0.1:${port}`,
    username: 'u',
    password: PASSWORD,
    clock,
    connectTimeout: 1_000,
    readTimeout: 100,
    maxResponseBytes: 1024 * 1024,
  });
  return { console, clock };
}

/** One question with one spoiled answer: `fine`, a code, or a sentence on what should not have happened. */
async function requestOnce({ send }: Question, { console, clock }: FuzzedClient): Promise<string> {
  // Longer than a console that failed is not contacted.
  await clock.sleep(300_000);
  const hanging = new AbortController();
  const outcome = await Promise.race([
    send(console).then(() => 'fine', nameOf),
    systemClock.sleep(HANGS_AFTER, hanging.signal).then(() => 'it hangs'),
  ]);
  hanging.abort();
  return outcome;
}

function nameOf(error: unknown): string {
  if (!(error instanceof PowerVmError)) return `not a typed error: ${inspect(error)}`;
  if (error.message.includes('\n') || error.message.length > 2_000)
    return `not one line: ${error.message.slice(0, 100)}`;
  if (inspect(error, { depth: 9, showHidden: true }).includes(PASSWORD)) return 'the password is in the error';
  return error.code;
}

interface Question {
  readonly concerns: (target: string) => boolean;
  readonly send: (client: PowerVmConsole) => Promise<unknown>;
}

function requestsFor({ systemId, partitionId, responses }: Recording): readonly Question[] {
  const about = (part: string) => (target: string) => target.startsWith('GET') && target.includes(part);
  const documents = [...responses.keys()].filter((target) => target.endsWith('.json'));
  return [
    { concerns: (target) => target === 'PUT /rest/api/web/Logon', send: (client) => client.managedSystems() },
    { concerns: about('ManagedSystem/quick/All'), send: (client) => client.managedSystems() },
    { concerns: about('LogicalPartition/quick/All'), send: (client) => client.partitions(systemId) },
    {
      concerns: about('ClientNetworkAdapter'),
      send: (client) => client.clientNetworkAdapters({ id: partitionId, isVios: false }),
    },
    { concerns: about(`${systemId}/preferences`), send: (client) => client.pcmPreferences(systemId) },
    { concerns: about('pcm/preferences'), send: (client) => client.switchLongTermMonitor(systemId, true) },
    { concerns: about('LongTermMonitor'), send: (client) => client.longTermMonitorFeed(systemId, 0) },
    { concerns: about('EnergyMonitor'), send: (client) => client.energyFeed(systemId) },
    ...documents.map((target) => ({
      concerns: about('.json'),
      send: (client: PowerVmConsole) => read(client, target),
    })),
  ];
}

/** A document, as far as the receiver would take it. */
async function read(client: PowerVmConsole, target: string): Promise<unknown> {
  const path = target.replace(/^GET /, '');
  const text = await client.pcmDocument({ category: 'phyp', viosNumber: undefined, listedAt: 0, fileName: path, path });
  if (path.includes('_vios_')) return parseViosDocument(text);
  if (path.includes('_lpar_')) return parseGuestMemoryDocument(text);
  return path.includes('_fsp_') ? parseEnergyDocument(text) : parseHypervisorDocument(text);
}

/** No one waits: whoever sleeps makes the time pass. */
class FlyingClock implements Clock {
  #time = 0;

  now(): number {
    return Date.parse('2026-03-04T12:00:00Z') + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  /** Whoever can be woken watches over something else that takes its time. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal) await systemClock.sleep(LONGER_THAN_SOCKETS, signal);
    this.#time += milliseconds;
  }
}

function collectedHeap(): number | undefined {
  const collect = (globalThis as { readonly gc?: () => void }).gc;
  if (!collect) return undefined;
  collect();
  return process.memoryUsage().heapUsed;
}
