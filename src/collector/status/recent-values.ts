/** Half an hour of samples. */
const CAPACITY = 60;

/** Values at the newest sixty instants, oldest first. Numbers of four bytes are enough for a chart. */
export class RecentValues {
  readonly #times: number[] = [];
  readonly #series = new Map<string, Float32Array>();

  /** The same instant comes again when a late document completes it: what that one did not say stays. */
  add(time: number, values: Readonly<Record<string, number | undefined>>): void {
    const newest = this.#times.at(-1) ?? 0;
    if (time < newest) return;
    if (time > newest) this.#begin(time);
    const index = this.#times.length - 1;
    for (const [name, value] of Object.entries(values)) {
      const series = this.#series.get(name) ?? new Float32Array(CAPACITY).fill(Number.NaN);
      this.#series.set(name, series);
      if (value !== undefined) series[index] = value;
    }
  }

  get times(): readonly number[] {
    return this.#times;
  }

  /** `null` where a value was not known. */
  of(name: string): readonly (number | null)[] {
    const series = this.#series.get(name);
    return this.#times.map((_time, index) => rounded(series?.[index]));
  }

  /** Room for one more instant; what was not known at any of the others is forgotten. */
  #begin(time: number): void {
    this.#times.push(time);
    if (this.#times.length <= CAPACITY) return;
    this.#times.shift();
    for (const [name, series] of this.#series) {
      series.copyWithin(0, 1);
      series[CAPACITY - 1] = Number.NaN;
      if (series.every(Number.isNaN)) this.#series.delete(name);
    }
  }
}

/** Without the digits that four bytes do not have. */
function rounded(value: number | undefined): number | null {
  if (value === undefined || Number.isNaN(value)) return null;
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}
