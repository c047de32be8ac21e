/** An entry of a clouds.yaml, or what the environment says in the same words: nested, and of any content. */
export type CloudEntry = Readonly<Record<string, unknown>>;

/** Where an entry came from. */
export interface CloudSource {
  /** For messages. */
  readonly name: string;
  readonly entry: CloudEntry;
}

/** Where clouds.yaml and OS_* variables are looked for. */
export interface CloudEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly homeDirectory: string;
}

/** Numbers in YAML are names and passwords here. */
export function text(value: unknown): string | undefined {
  return value === undefined || value === null || isMap(value) || Array.isArray(value) ? undefined : String(value);
}

export function present<Value>(map: Readonly<Record<string, Value | undefined>>): Record<string, Value>;
export function present<Values extends object>(map: Values): Values;
export function present(map: object): object {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}

export function isMap(value: unknown): value is CloudEntry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
