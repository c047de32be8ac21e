import type { CeilometerSample } from '../sample.ts';

/** Where samples go. */
export interface Publisher {
  /** For messages; without secrets. */
  readonly name: string;
  /** @throws {ExportError} `POWERVM_EXPORT_FAILED` when trying again may help, `POWERVM_EXPORT_REFUSED` when not */
  publish(samples: readonly CeilometerSample[]): Promise<void>;
  close(): Promise<void>;
}
