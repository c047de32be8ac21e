import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { faultSchema, randomFaultsSchema } from '../faults/fault-schema.ts';
import { eventSchema } from './event-schema.ts';
import { ScenarioError } from './scenario-error.ts';

/** What happens to the estate and its consoles, on the clock of the simulator from its start. */
export const scenarioSchema = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  events: z.array(eventSchema).default([]),
  faults: z.array(faultSchema).default([]),
  chaos: z.array(randomFaultsSchema).default([]),
});

/** As it is written: durations as text, defaults left out. */
export type ScenarioOptions = z.input<typeof scenarioSchema>;
export type Scenario = z.output<typeof scenarioSchema>;

/** @throws {ScenarioError} with every problem */
export function parseScenario(value: unknown): Scenario {
  const result = scenarioSchema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new ScenarioError(result.error.issues.map((issue) => `${pathText(issue.path)}${issue.message}`));
}

/**
 * Reads a scenario file, YAML or JSON.
 * @param file its name, for messages
 * @throws {ScenarioError} with every problem and its line
 */
export function readScenario(text: string, file: string): ScenarioOptions {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset = 0) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const [mistake] = document.errors;
  if (mistake) throw new ScenarioError([`${place(mistake.pos[0])}  ${mistake.message}`]);
  const value: unknown = document.toJS() ?? {};
  const result = scenarioSchema.safeParse(value);
  if (result.success) return value as ScenarioOptions;
  throw new ScenarioError(
    result.error.issues.map((issue) => {
      // The nearest place around it that is written down.
      const keys = issue.path.filter((part) => typeof part !== 'symbol');
      const written = keys.map((_, index) => keys.slice(0, keys.length - index)).find((path) => document.hasIn(path));
      const node = written && document.getIn(written, true);
      const offset = node && typeof node === 'object' && 'range' in node ? (node.range as number[])[0] : undefined;
      return `${place(offset)}  ${pathText(issue.path)}${issue.message}`;
    }),
  );
}

/** `events[2].migrate.to: ` */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((before, part) => {
    if (typeof part === 'number') return `${before}[${part}]`;
    return before === '' ? String(part) : `${before}.${String(part)}`;
  }, '');
  return text === '' ? '' : `${text}: `;
}
