/** A change of the code, as somebody would make it who adds one thing. Files are named from `src/`. */
export interface WorkedExample {
  /** As docs/architecture.md calls it. */
  readonly adds: string;
  readonly changes: readonly Change[];
}

export type Change = NewFile | Insertion;

interface NewFile {
  readonly file: string;
  readonly text: string;
}

/** Lines that come into a file that is there. */
interface Insertion {
  readonly file: string;
  /** A piece of the file that occurs once, kept as it is. */
  readonly behind: string;
  readonly insert: string;
}

/** The files that an example touches, each once. */
export function touchedFiles({ changes }: WorkedExample): readonly string[] {
  return [...new Set(changes.map(({ file }) => `src/${file}`))].sort();
}

/** @throws for a place that is not there, or more than once: then the code has moved on and the example has not */
export function applyChange(change: Change, read: (file: string) => string): string {
  if ('text' in change) return change.text;
  const before = read(change.file);
  const [head, tail, ...more] = before.split(change.behind);
  if (head === undefined || tail === undefined || more.length > 0)
    throw new Error(`src/${change.file} has not exactly one place with ${JSON.stringify(change.behind)}`);
  return `${head}${change.behind}${change.insert}${tail}`;
}
