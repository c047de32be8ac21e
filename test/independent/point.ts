/** A value that must arrive, and where and how. */
export interface ExpectedPoint {
  /** UUID of the partition or system; the id of a storage pool. */
  readonly owner: string;
  readonly metric: string;
  readonly attributes: Attributes;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: number;
  /** Whether it may also be left out. */
  readonly isOptional: boolean;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** Says a value of a metric; one that a document does not say makes no point. */
export type Emit = (metric: string, value: number | bigint | undefined, attributes?: AttributesOrUnknown) => void;

/** Collects what is known. */
export class Expectations {
  readonly points: ExpectedPoint[] = [];

  /** Says about one owner at one time what must arrive. */
  of(owner: string, time: number): Emit {
    return this.#sayer(owner, time, false);
  }

  /** The same of what may arrive. */
  optionallyOf(owner: string, time: number): Emit {
    return this.#sayer(owner, time, true);
  }

  #sayer(owner: string, time: number, isOptional: boolean): Emit {
    return (metric, value, attributes = {}) => {
      if (value === undefined || Number.isNaN(value)) return;
      this.points.push({ owner, metric, attributes: known(attributes), time, value: Number(value), isOptional });
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
