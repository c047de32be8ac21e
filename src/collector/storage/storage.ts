/** Where parts of the collector keep what must outlive it: small values of plain data under text keys. */
export interface Storage {
  /** Whether what is in it is there after the end of the process. */
  readonly isLasting: boolean;
  /** Where parts of the collector may keep files of their own; undefined where there is no such place. */
  readonly directory: string | undefined;
  entries(prefix: string): ReadonlyMap<string, unknown>;
  /** Keeps a value, in place of the one before. It may be written down a little later, together with others. */
  set(key: string, value: unknown): void;
  /** A place for one larger value, which is written by itself. */
  document(name: string): StoredDocument;
}

/** A storage whose values go from one process to another, with the managed systems that they are about. */
export interface SharedStorage extends Storage {
  /** Counts the times that a system has come to this process; undefined while another one has it. */
  stayOf(systemId: string): number | undefined;
}

/** One larger value of plain data. */
export interface StoredDocument {
  /** Undefined when there is none, or none that is whole. */
  read(): Promise<unknown>;
  /** Resolves when it would outlive the process. Rejects when the disk is full, for example. */
  write(value: unknown): Promise<void>;
}

/** Keeps as long as the process lives. */
export class MemoryStorage implements Storage {
  readonly isLasting = false;
  readonly directory = undefined;
  readonly #values = new Map<string, unknown>();
  readonly #documents = new Map<string, unknown>();

  entries(prefix: string): ReadonlyMap<string, unknown> {
    return entriesOf(this.#values, prefix);
  }

  set(key: string, value: unknown): void {
    this.#values.set(key, value);
  }

  document(name: string): StoredDocument {
    return {
      read: async () => this.#documents.get(name),
      write: async (value) => {
        this.#documents.set(name, value);
      },
    };
  }
}

/** Those whose key begins with `prefix`, under the rest of their key. */
export function entriesOf(values: ReadonlyMap<string, unknown>, prefix: string): ReadonlyMap<string, unknown> {
  const found = [...values].filter(([key]) => key.startsWith(prefix));
  return new Map(found.map(([key, value]) => [key.slice(prefix.length), value]));
}
