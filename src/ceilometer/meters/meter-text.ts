import { hostMeters } from './host-meters.ts';
import type { MeterDefinition, MeterSet } from './meter-definition.ts';
import { meters } from './meters.ts';

/** The meters of a set as a Markdown table. */
export function metersAsMarkdown(set: MeterSet): string {
  return table(meters.filter((meter) => meter.set === set).map(row));
}

/** Likewise, for VIOSes and frames. */
export function hostMetersAsMarkdown(): string {
  return table(
    hostMeters.map((meter) =>
      row({ ...meter, why: `${meter.entity === 'frame' ? 'managed system' : 'VIOS'}: ${meter.why}` }),
    ),
  );
}

function table(rows: readonly string[]): string {
  return ['| meter | type | unit | resource | from | what it is, and why |', '|---|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function row({ name, type, unit, subject, entity, metric, why }: MeterDefinition): string {
  const resource = entity && subject === 'instance' ? 'host' : subject;
  return `| \`${name}\` | ${type} | ${unit} | ${resource} | \`${metric}\` | ${why} |`;
}
