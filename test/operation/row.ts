/** The six places where somebody may look. */
export const views = ['log', 'metric', 'alert', 'health', 'page', 'doctor'] as const;
export type View = (typeof views)[number];

/** A view by whose nature there is nothing of this failure to say: why, and what it says all the same. */
export interface Silent {
  readonly silentBecause: string;
  readonly says: RegExp;
}

/** What must be found in a view as a text: each of them. */
export type Expected = RegExp | Silent;

/** What a row brings: parts of a configuration, and programs beside it. */
export interface Stage {
  /** Everything below `receivers:`, as YAML in one line. */
  readonly receivers: string;
  /** Further exporters and extensions, likewise: `name: {…}`. */
  readonly exporters?: Readonly<Record<string, string>>;
  readonly extensions?: Readonly<Record<string, string>>;
  /** A shell command that prepares the process, before the program takes its place. */
  readonly prelude?: string;
  /** For a collector that ran before: when it has stopped, what keeps the next one from starting. */
  readonly obstruct?: (ports: Ports, configuration: string) => Promise<void>;
}

/** Addresses of a collector's three servers. */
export interface Ports {
  readonly metrics: string;
  readonly health: string;
  readonly status: string;
}

/** What a row starts; all of it ends with the row. */
export interface Props {
  readonly directory: string;
  readonly afterwards: (cleanUp: () => unknown) => void;
}

export interface Row extends Readonly<Record<View, Expected>> {
  readonly failure: string;
  readonly set: (props: Props) => Promise<Stage>;
  /** Whether the collector cannot run at all. */
  readonly isOver?: true;
  /** Whether it has never run, so that nobody misses it. */
  readonly neverRan?: true;
}

/** Nothing serves the view, since there is no process that could. */
export const unreachable = /^unreachable/;
