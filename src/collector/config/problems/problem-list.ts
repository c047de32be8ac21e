import { PowerVmError } from '../../../base/errors/errors.ts';
import { invalidConfiguration, type PlacedExplanation } from './origin.ts';
import type { ConfigPath } from './problem.ts';

/** What goes wrong while the components of a configuration are made: reported all at once, each with its place in the file. */
export class ProblemList {
  readonly #config: object;
  readonly #problems: PlacedExplanation[] = [];

  constructor(config: object) {
    this.#config = config;
  }

  /**
   * Makes a component of what is at `path`; undefined when it cannot be made.
   * @throws what is no error of ours: it is a mistake of the program
   */
  async during<Result>(path: ConfigPath, make: () => Result | Promise<Result>): Promise<Result | undefined> {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof PowerVmError)) throw error;
      const { message, code } = error;
      this.#problems.push({ path: [...path, ...this.#placeOf(error, path)], message, code });
      return undefined;
    }
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  /** @throws {InvalidConfiguration} */
  throwIfAny(): void {
    if (!this.isEmpty) throw invalidConfiguration(this.#config, this.#problems);
  }

  /** The value at or below `path` that the error names in its context, such as a file. */
  #placeOf({ context }: PowerVmError, path: ConfigPath): ConfigPath {
    const named = Object.values(context).filter((value) => typeof value === 'string' && value !== '');
    const section = path.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], {
      ...this.#config,
    });
    return placeOf(section, (value) => named.includes(value)) ?? [];
  }
}

function placeOf(value: unknown, isIt: (value: string) => boolean, path: ConfigPath = []): ConfigPath | undefined {
  if (typeof value === 'string') return isIt(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = placeOf(inner, isIt, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}
