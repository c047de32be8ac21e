import type { PowerVmSimulator, SimulatedRequest } from '../../../src/simulator/index.ts';

/** A document as the console sent it, parsed by no one's code but JavaScript's own. */
export interface ServedDocument {
  readonly kind: 'phyp' | 'vios' | 'lpar';
  /** Of the document itself, milliseconds since 1970. */
  readonly time: number;
  /** When the console was asked for it, milliseconds since 1970. */
  readonly servedAt: number;
  /** Whether the partitions had been listed by then: the inventory comes after the first samples. */
  readonly isInventoryServed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the console served; nothing of ours says its shape
  readonly content: any;
}

/** Writes down every PCM document that a simulator serves. */
export class ServedDocuments {
  readonly #documents = new Map<string, ServedDocument>();
  #isInventoryServed = false;

  /** To be called with every request, before it is answered. @param now milliseconds since 1970 */
  note({ path }: SimulatedRequest, simulator: PowerVmSimulator, now: number): undefined {
    if (path.endsWith('/LogicalPartition/quick/All')) this.#isInventoryServed = true;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const [, kind] = /^LTM_.*_(phyp|vios|lpar)_/.exec(name) ?? [];
    const text = simulator.document(name);
    if (text === undefined || this.#documents.has(name)) return;
    if (kind !== 'phyp' && kind !== 'vios' && kind !== 'lpar') return;
    const content = JSON.parse(text);
    const stamp = kind === 'lpar' ? stampOfGuests(content) : content.systemUtil.utilSample.timeStamp;
    if (stamp === undefined) return;
    const isInventoryServed = this.#isInventoryServed;
    this.#documents.set(name, { kind, content, isInventoryServed, time: milliseconds(stamp), servedAt: now });
  }

  /** In the order of their times. */
  all(): readonly ServedDocument[] {
    return [...this.#documents.values()].sort((left, right) => left.time - right.time);
  }
}

/** Guests have no time of their own while they do not run or cannot be reached; when none has, nothing is in it. */
function stampOfGuests({
  lparUtil,
}: {
  readonly lparUtil: readonly { readonly timeStamp: string | null }[];
}): string | undefined {
  return lparUtil.find(({ timeStamp }) => timeStamp !== null)?.timeStamp ?? undefined;
}

/** `2026-03-04T12:10:00+0000` or `20260304T121000+0000`. */
function milliseconds(text: string): number {
  const [year, month, day, hour, minute, second] = text.match(/^\d{4}|\d\d/g) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
