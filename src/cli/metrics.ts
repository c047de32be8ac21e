import { catalogAsJson, catalogAsMarkdown, listMetrics, type MetricInformation } from '../metrics/index.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import { type Column, renderTable } from './terminal/table.ts';
import { type OutputFormat, outputFormat, type Terminal, titleStyle } from './terminal/terminal.ts';

export interface MetricsArguments {
  readonly format?: OutputFormat | 'markdown';
}

const columns: readonly Column<MetricInformation>[] = [
  { title: 'METRIC', align: 'left', cell: ({ name }) => name },
  { title: 'KIND', align: 'left', cell: ({ kind }) => kind },
  { title: 'UNIT', align: 'left', cell: ({ unit }) => unit },
  { title: 'DEFAULT', align: 'left', cell: (metric) => (metric.default ? 'on' : 'off') },
  { title: 'WHAT IT SAYS', align: 'left', cell: ({ description }) => description },
];

/** The catalog of metrics. */
export async function metrics({ format }: MetricsArguments, terminal: Terminal): Promise<ExitCode> {
  const chosen = format === 'markdown' ? format : outputFormat(format, terminal);
  if (chosen === 'json') terminal.print(catalogAsJson());
  else if (chosen === 'markdown') terminal.print(catalogAsMarkdown());
  else terminal.print(renderTable(columns, listMetrics(), titleStyle(terminal)));
  return exitCodes.done;
}
