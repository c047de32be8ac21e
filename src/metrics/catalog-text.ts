import { listMetrics, type MetricInformation } from './catalog/index.ts';

/** The catalog as `otel-powervm metrics --format json` prints it. */
export function catalogAsJson(): string {
  const metrics = listMetrics().map(
    ({ name, kind, unit, description, attributes, entity, default: isDefault, source }) => ({
      name,
      kind,
      unit,
      description,
      attributes,
      entity,
      default: isDefault,
      source,
    }),
  );
  return JSON.stringify({ metrics });
}

const sections: readonly (readonly [MetricInformation['entity'], string])[] = [
  ['lpar', 'Partitions (LPAR and VIOS)'],
  ['system', 'Managed system'],
  ['vios', 'VIOS only'],
  ['ssp', 'Shared storage pool'],
  ['receiver', 'The receiver about itself'],
];

/** The catalog as Markdown: one table per entity. */
export function catalogAsMarkdown(): string {
  return sections
    .map(([entity, title]) => {
      const rows = listMetrics().filter((metric) => metric.entity === entity);
      return [
        `## ${title}`,
        '',
        '| metric | kind | unit | what it says | attributes | source and formula | default |',
        '|---|---|---|---|---|---|---|',
        ...rows.map(markdownRow),
      ].join('\n');
    })
    .join('\n\n');
}

function markdownRow(metric: MetricInformation): string {
  const cells = [
    `\`${metric.name}\``,
    metric.kind,
    metric.unit,
    metric.description,
    metric.attributes.map((name) => `\`${name}\``).join(', '),
    metric.source,
    metric.default ? 'on' : 'off',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
