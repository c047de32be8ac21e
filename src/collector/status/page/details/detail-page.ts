import type { StatusReport } from '../../status-model.ts';

/** The page of one frame or partition: made once, and brought up to date with every sample. */
export interface DetailPage {
  readonly elements: readonly Node[];
  /** @returns its title; undefined: there is no such thing */
  refresh(report: StatusReport): Promise<string | undefined>;
  destroy(): void;
}
