import { createHash } from 'node:crypto';

/** Random choices that depend on nothing but their name: asking in another order changes nothing. */
export class SeededRandom {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A source for a part of the whole. */
  for(name: string | number): SeededRandom {
    return new SeededRandom(`${this.#seed}/${name}`);
  }

  /** In [0, 1). */
  fraction(name: string): number {
    return this.#digest(name).readUIntBE(0, 6) / 2 ** 48;
  }

  between(name: string, low: number, high: number): number {
    return low + this.fraction(name) * (high - low);
  }

  /** In [low, high], whole. */
  integer(name: string, low: number, high: number): number {
    return Math.floor(this.between(name, low, high + 1));
  }

  hex(name: string, digits: number): string {
    return this.#digest(name).toString('hex').slice(0, digits);
  }

  /** Lower case, version 4. The first digit is below 8, as PowerVM has it for partitions. */
  uuid(name: string): string {
    const digits = this.hex(name, 32);
    const first = (Number.parseInt(digits.charAt(0), 16) & 7).toString(16);
    return `${first}${digits.slice(1, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
  }

  #digest(name: string): Buffer {
    return createHash('sha256').update(`${this.#seed}/${name}`).digest();
  }
}
