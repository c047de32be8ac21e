import { ConfigurationError } from '../errors/errors.ts';
import { Secret } from '../secrets/secret.ts';
import { nearest } from '../text/nearest-word.ts';

/** Says what a value must be instead (`must be …`); `undefined` when it is right. Never repeats a text: it may be a secret. */
export type OptionRule = (value: unknown) => string | undefined;

/** One rule for every option of an interface, so that no option is forgotten. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

/**
 * The rules that plain JavaScript, an environment variable that is not set or a misspelt key would break. zod would do
 * it too, but its 4 ms and 500 KiB would be paid by everybody who imports the package (docs/performance.md).
 * @param owner what is being constructed, for the message
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` with all that is wrong at once
 */
export function checkOptions<Options>(owner: string, options: unknown, rules: OptionRules<Options>): void {
  const problems = problemsOf(options, rules);
  if (problems.length === 0) return;
  throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${owner}: ${problems.join('; ')}`, { context: { owner } });
}

function problemsOf(options: unknown, rules: Readonly<Record<string, OptionRule>>, path = ''): string[] {
  if (!isRecord(options)) return [`${path || 'the options'} must be an object`];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule) continue;
    if (value === undefined) continue;
    const meant = nearest(name, Object.keys(rules));
    problems.push(
      `there is no option ${path}${path && '.'}${name}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
    );
  }
  for (const [name, rule] of Object.entries(rules)) {
    const problem = rule(options[name]);
    if (problem !== undefined) problems.push(joined(path, name, problem));
  }
  return problems;
}

/** A problem may begin with a place further inside: `[0].endpoint must be …`. */
function joined(path: string, name: string, problem: string): string {
  const place = path === '' ? name : `${path}.${name}`;
  return /^[[.:]/.test(problem) ? `${place}${problem}` : `${place} ${problem}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function optional(rule: OptionRule): OptionRule {
  return (value) => (value === undefined ? undefined : rule(value));
}

/** An option that has no default. */
export function required(rule: OptionRule): OptionRule {
  return (value) => (value === undefined ? 'is missing' : rule(value));
}

/** Timers of Node fire at once when the delay is longer than this. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** @param least smallest number of milliseconds; 0 where an option may be switched off by it */
export function milliseconds(least = 1, most = LONGEST_WAIT): OptionRule {
  return number('a number of milliseconds', least, most);
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): OptionRule {
  const inRange = number('a whole number', least, most);
  return optional((value) => inRange(value) ?? (Number.isInteger(value) ? undefined : `must be a whole number`));
}

function number(kind: string, least: number, most: number): OptionRule {
  return optional((value) =>
    typeof value === 'number' && value >= least && value <= most
      ? undefined
      : `must be ${kind} from ${least} to ${most}${typeof value === 'number' ? `, not ${value}` : `, not a ${kindOf(value)}`}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

export const flag: OptionRule = optional((value) => (typeof value === 'boolean' ? undefined : 'must be true or false'));
export const text: OptionRule = optional((value) => (typeof value === 'string' ? undefined : 'must be a text'));
export const fullText: OptionRule = optional((value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a text that is not empty',
);
export const callback: OptionRule = optional((value) =>
  typeof value === 'function' ? undefined : 'must be a function',
);
/** What is empty was an environment variable that is not set. */
export const secret: OptionRule = optional((value) => {
  if (value instanceof Secret) return value.reveal() === '' ? 'must not be empty' : undefined;
  return 'must be a Secret';
});

export function oneOf(...choices: readonly unknown[]): OptionRule {
  return optional((value) => (choices.includes(value) ? undefined : `must be ${choices.join(' or ')}`));
}

export function anyOf(...rules: readonly OptionRule[]): OptionRule {
  return optional((value) => {
    const problems = rules.map((rule) => rule(value));
    return problems.includes(undefined)
      ? undefined
      : problems.map((problem, index) => (index === 0 ? problem : problem?.replace(/^must be /, ''))).join(' or ');
  });
}

/** An object of a class or of the embedding program: what is called on it must be there. */
export function objectWith(...methods: readonly string[]): OptionRule {
  return optional((value) => {
    if (!isRecord(value)) return 'must be an object';
    const missing = methods.filter((name) => typeof value[name] !== 'function');
    return missing.length === 0 ? undefined : `must be an object with ${missing.map((name) => `${name}()`).join(', ')}`;
  });
}

/** Options inside of options. */
export function group<Options>(rules: OptionRules<Options>): OptionRule {
  return optional((value) => {
    if (!isRecord(value)) return 'must be an object';
    const problems = problemsOf(value, rules).map((problem) =>
      problem.startsWith('there is') ? problem : `.${problem}`,
    );
    return problems.length === 0 ? undefined : problems.join('; ').replace(/^there is/, ': there is');
  });
}

export function listOf(rule: OptionRule, least = 0): OptionRule {
  return optional((value) => {
    if (!Array.isArray(value)) return 'must be a list';
    if (value.length < least) return `must have at least ${least === 1 ? 'one entry' : `${least} entries`}`;
    for (const [index, entry] of value.entries()) {
      const problem = required(rule)(entry);
      if (problem !== undefined) return joined('', `[${index}]`, problem);
    }
    return undefined;
  });
}

export function recordOf(rule: OptionRule): OptionRule {
  return optional((value) => {
    if (!isRecord(value)) return 'must be an object';
    for (const [name, entry] of Object.entries(value)) {
      const problem = required(rule)(entry);
      if (problem !== undefined) return `.${name} ${problem}`;
    }
    return undefined;
  });
}

export const clockRule: OptionRule = objectWith('now', 'monotonic', 'sleep');
export const loggerRule: OptionRule = objectWith('debug', 'info', 'warn', 'error');
