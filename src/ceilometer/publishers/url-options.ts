import { ConfigurationError } from '../../base/errors/errors.ts';
import { redactUrl } from '../../base/secrets/secret.ts';

/** The options in the query of a publisher's URL, read as Ceilometer reads them: the last of several counts. */
export class UrlOptions {
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
  }

  text(name: string): string | undefined {
    return this.#url.searchParams.getAll(name).at(-1);
  }

  /** @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for what is no number from `least` on */
  number(name: string, byDefault: number, least = 0): number {
    const text = this.text(name);
    if (text === undefined) return byDefault;
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(number) && number >= least) return number;
    throw this.invalid(name, `must be a number, ${least} or more`);
  }

  /** `1`, `true`, `yes`, `on` and their opposites, in any case. */
  flag(name: string, byDefault: boolean): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return byDefault;
    if (['1', 'true', 'yes', 'on', ''].includes(text)) return true;
    if (['0', 'false', 'no', 'off'].includes(text)) return false;
    throw this.invalid(name, 'must be true or false');
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[], byDefault: Choice): Choice {
    const text = this.text(name);
    if (text === undefined) return byDefault;
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw this.invalid(name, `must be one of ${choices.join(', ')}`);
  }

  /** For what is wrong with an option, or with two together. */
  invalid(name: string, problem: string): ConfigurationError {
    return new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `publisher '${redactUrl(this.#url.href)}': ${name} ${problem}`,
    );
  }
}
