import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { ScenarioError } from '../scenario/scenario-error.ts';

const header = z.strictObject({
  bundle: z.literal('otel-powervm'),
  version: z.literal(1),
  console: z.enum(['hmc', 'novalink']),
  /** ISO time by the clock of the console. */
  recorded_at: z.iso.datetime({ offset: true }),
});

const exchange = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  /** With its query, as it was sent. */
  path: z
    .string()
    .startsWith('/')
    .refine((path) => isPossible(() => decodeURIComponent(path)), { error: 'has a % that encodes nothing' }),
  status: z.number().int().min(100).max(599),
  headers: z
    .record(
      z.string().refine((name) => isPossible(() => validateHeaderName(name)), { error: 'is no name of a header' }),
      z
        .string()
        .refine((value) => isPossible(() => validateHeaderValue('x', value)), { error: 'no header can carry it' }),
    )
    .default({}),
  body: z.string().optional(),
});

/** What a console was asked and answered, in that order. */
export interface Bundle {
  readonly console: 'hmc' | 'novalink';
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  readonly exchanges: readonly z.output<typeof exchange>[];
}

/**
 * Reads a bundle: JSON lines, the first says what it is, each other is one exchange.
 * @param file its name, for messages
 * @throws {ScenarioError} with every line that is none
 */
export function readBundle(text: string, file: string): Bundle {
  const lines = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]));
  const problems: string[] = [];
  const read = <Value>(schema: z.ZodType<Value>, { line, number }: { line: string; number: number }) => {
    const result = schema.safeParse(parseJson(line));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    problems.push(`${file}:${number}:1  ${issue?.path.map(String).join('.')}: ${issue?.message}`);
    return undefined;
  };
  const [first, ...rest] = lines;
  if (!first) throw new ScenarioError([`${file}:1:1  the bundle is empty`]);
  const head = read(header, first);
  const exchanges = rest.flatMap((line) => read(exchange, line) ?? []);
  if (!head || problems.length > 0) throw new ScenarioError(few(problems));
  return { console: head.console, recordedAt: Date.parse(head.recorded_at), exchanges };
}

/** A file that is no bundle at all has as many problems as lines. */
function few(problems: readonly string[]): readonly string[] {
  const most = 5;
  const others = problems.length - most;
  return others > 0 ? [...problems.slice(0, most), `and ${others} more lines`] : problems;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isPossible(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
