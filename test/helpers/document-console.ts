import { ConsoleError } from '../../src/base/errors/errors.ts';
import type { ConsoleClient, PcmFeedEntry } from '../../src/rest/model.ts';
import { phyp, START, vios } from './documents.ts';

export const HALF_MINUTE = 30_000;

/** The time of an instant of {@link DocumentConsole.addInstants}. */
export function timeOf(instant: number): number {
  return START + instant * HALF_MINUTE;
}

/** A console in memory that lists PCM documents and hands them out, as far as a test lets it. */
export class DocumentConsole implements ConsoleClient {
  readonly endpoint = 'memory';
  readonly address = 'memory';
  readonly type = 'hmc';
  entries: readonly PcmFeedEntry[] = [];
  /** File names, in the order in which they were asked for. */
  readonly requested: string[] = [];
  /** What becomes of a request for a document: another text, an error, or its own text where it says nothing. */
  intercept: (entry: PcmFeedEntry) => string | Error | undefined = () => undefined;
  /** Replaces the energy feed, which is empty. */
  energy: () => Promise<readonly PcmFeedEntry[]> = () => Promise.resolve([]);
  readonly #texts = new Map<string, string>();

  add(category: PcmFeedEntry['category'], listedAt: number, text: string, viosNumber?: number): PcmFeedEntry {
    const source = viosNumber === undefined ? category : `${category}_${viosNumber}`;
    const fileName = `${source} ${(listedAt - START) / HALF_MINUTE}`;
    const entry = { category, viosNumber, listedAt, fileName, path: `/rest/api/pcm/${fileName}.json` };
    this.entries = [...this.entries, entry].sort((left, right) => left.listedAt - right.listedAt);
    this.#texts.set(fileName, text);
    return entry;
  }

  /** Instants from one number to another, each with the hypervisor's document and, if wanted, that of a VIOS. */
  addInstants(first: number, last: number, { withVios = false }: { readonly withVios?: boolean } = {}): void {
    for (let instant = first; instant <= last; instant += 1) {
      const time = timeOf(instant);
      this.add('phyp', time, phyp(time));
      if (withVios) this.add('vios', time, vios(time), 1);
    }
  }

  /** PCM throws away what is older than an instant. */
  purgeBefore(instant: number): void {
    this.entries = this.entries.filter(({ listedAt }) => listedAt >= timeOf(instant));
  }

  longTermMonitorFeed(_systemId: string, since = Number.NEGATIVE_INFINITY): Promise<readonly PcmFeedEntry[]> {
    return Promise.resolve(this.entries.filter(({ listedAt }) => listedAt > since));
  }

  async pcmDocument(entry: PcmFeedEntry): Promise<string> {
    this.requested.push(entry.fileName);
    const answer = this.intercept(entry) ?? this.#texts.get(entry.fileName);
    if (typeof answer === 'string') return answer;
    throw answer ?? new ConsoleError('POWERVM_NOT_FOUND', 'no such document');
  }

  energyFeed(): Promise<readonly PcmFeedEntry[]> {
    return this.energy();
  }

  processedEnergyFeed(): Promise<readonly PcmFeedEntry[]> {
    return Promise.resolve([]);
  }

  readonly managedSystems = refused;
  readonly partitions = refused;
  readonly vioses = refused;
  readonly clientNetworkAdapters = refused;
  readonly sriovLogicalPorts = refused;
  readonly pcmPreferences = refused;
  readonly pcmLimits = refused;
  readonly switchLongTermMonitor = refused;

  logoff(): Promise<void> {
    return Promise.resolve();
  }
}

function refused(): Promise<never> {
  return Promise.reject(new ConsoleError('POWERVM_REQUEST_REJECTED', 'not here'));
}
