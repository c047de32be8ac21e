import { PowerVmError } from '../../base/errors/errors.ts';
import type { ConsoleClient, ManagedSystem, Partition, PcmFeedEntry } from '../../rest/index.ts';

/** What PCM takes in, in milliseconds: one instant. */
const REQUEST_SPACING_MS = 30_000;

export interface CaptureOptions {
  readonly keeps: (system: ManagedSystem) => boolean;
  /** Instants whose documents are asked for. */
  readonly instants: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/**
 * Asks a console everything that the product ever asks one, once. What a console refuses is part of what it answers: the
 * rest is asked nevertheless.
 * @returns what was refused
 * @throws {PowerVmError} when the console cannot be asked at all
 */
export async function requestEverything(
  client: ConsoleClient,
  options: CaptureOptions,
): Promise<readonly PowerVmError[]> {
  const { keeps, signal, onProgress } = options;
  const failures: PowerVmError[] = [];
  const attempt = async <Result>(request: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await request();
    } catch (error) {
      if (signal.aborted || !(error instanceof PowerVmError)) throw error;
      failures.push(error);
      return undefined;
    }
  };
  const systems = (await client.managedSystems(signal)).filter(keeps);
  if (systems.length === 0) throw new PowerVmError('POWERVM_NO_SYSTEM', 'no managed system is left by the filters');
  await attempt(() => client.pcmLimits(signal));
  for (const { id, name } of systems) {
    onProgress(`${name}: preferences and inventory …`);
    await attempt(() => client.pcmPreferences(id, signal));
    const partitions = (await attempt(() => client.partitions(id, signal))) ?? [];
    for (const partition of partitions) await requestAdapters(client, partition, attempt, signal);
    onProgress(`${name}: samples …`);
    const entries = (await attempt(() => newestEntries(client, id, options))) ?? [];
    const energy = (await attempt(() => newestEnergy(client, id, entries, signal))) ?? [];
    // What a feed lists and the console no longer has is refused like everything else.
    for (const entry of [...entries, ...energy]) await attempt(() => client.pcmDocument(entry, signal));
  }
  return failures;
}

type Attempt = <Result>(request: () => Promise<Result>) => Promise<Result | undefined>;

async function requestAdapters(
  client: ConsoleClient,
  { id, type }: Partition,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const partition = { id, isVios: /virtual io server|vios/i.test(type ?? '') };
  await attempt(() => client.clientNetworkAdapters(partition, signal));
  await attempt(() => client.sriovLogicalPorts(partition, signal));
}

/** The feed is asked for twice: only the first answer says which instants are the newest, the second lists these alone. */
async function newestEntries(
  client: ConsoleClient,
  id: string,
  { instants, signal }: CaptureOptions,
): Promise<readonly PcmFeedEntry[]> {
  const newest = (await client.longTermMonitorFeed(id, undefined, signal)).at(-1)?.listedAt;
  if (newest === undefined) return [];
  return client.longTermMonitorFeed(id, newest - (instants - 0.5) * REQUEST_SPACING_MS, signal);
}

async function newestEnergy(
  client: ConsoleClient,
  id: string,
  entries: readonly PcmFeedEntry[],
  signal: AbortSignal,
): Promise<readonly PcmFeedEntry[]> {
  const since = entries[0]?.listedAt;
  if (since === undefined) return [];
  const raw = await client.energyFeed(id, since - REQUEST_SPACING_MS, signal);
  return raw.length > 0 ? raw : client.processedEnergyFeed(id, since - REQUEST_SPACING_MS, signal);
}
