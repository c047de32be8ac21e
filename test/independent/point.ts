/** A value that must arrive, and where and how. */
export interface ExpectedPoint {
  /** UUID of the partition or system; the id of a storage pool. */
  readonly owner: string;
  readonly metric: string;
  readonly attributes: Attributes;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** Collects what is known; what a document does not say makes no point. */
export class Expectations {
  readonly points: ExpectedPoint[] = [];

  /** Says about one owner at one time. */
  of(owner: string, time: number) {
    return (metric: string, value: number | bigint | undefined, attributes: AttributesOrUnknown = {}): void => {
      if (value === undefined || Number.isNaN(value)) return;
      this.points.push({ owner, metric, attributes: known(attributes), time, value: Number(value) });
    };
  }
}

type AttributesOrUnknown = Readonly<Record<string, string | number | undefined>>;

export function known(attributes: AttributesOrUnknown): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes;
}

export function quotient(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined || denominator <= 0 ? undefined : numerator / denominator;
}

export function minus(now: bigint | undefined, before: bigint | undefined): number | undefined {
  return now === undefined || before === undefined ? undefined : Number(now - before);
}

export const MEBIBYTE = 2 ** 20;
