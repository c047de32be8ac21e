import type { MeterDefinition, MeterSet } from './meter-definition.ts';
import { meters } from './meters.ts';

/** The meters of a set as a Markdown table. */
export function metersAsMarkdown(set: MeterSet): string {
  return [
    '| meter | type | unit | resource | from | what it is, and why |',
    '|---|---|---|---|---|---|',
    ...meters.filter((meter) => meter.set === set).map(row),
  ].join('\n');
}

function row({ name, type, unit, subject, metric, why }: MeterDefinition): string {
  return `| \`${name}\` | ${type} | ${unit} | ${subject} | \`${metric}\` | ${why} |`;
}
