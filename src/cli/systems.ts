import type { SystemStatus } from '../receiver/index.ts';
import { openConnection } from './connection/connection.ts';
import type { ConnectionArguments } from './connection/connection-options.ts';
import { refreshOnce, reportFailures } from './connection/single-refresh.ts';
import type { ExitCode } from './terminal/exit-code.ts';
import { type Column, renderTable } from './terminal/table.ts';
import { type OutputFormat, outputFormat, type Terminal, titleStyle } from './terminal/terminal.ts';

export interface SystemsArguments extends ConnectionArguments {
  readonly format?: OutputFormat;
}

/** Managed systems with MTMS, state, PCM flags and partition counts. */
export async function systems(options: SystemsArguments, terminal: Terminal): Promise<ExitCode> {
  const reading = await refreshOnce(await openConnection(options, terminal), terminal, false);
  const known = reading.systems;
  if (known.length > 0) {
    terminal.print(
      outputFormat(options.format, terminal) === 'json'
        ? JSON.stringify({ systems: known.map(systemEntry) })
        : renderTable(columns, known, titleStyle(terminal), { width: terminal.width, leading: 1 }),
    );
  }
  return reportFailures(reading, known.length > 0, terminal);
}

/** As docs/reference/command-line.md#systems lists it; what the console did not say is left out. */
function systemEntry(status: SystemStatus) {
  const { system, preferences, activity } = status;
  return {
    id: system.id,
    name: system.name,
    mtms: system.mtms,
    state: system.state,
    console: status.console,
    partitions: partitionCounts(status),
    pcm: preferences && {
      long_term_monitor: preferences.longTermMonitor,
      compute_ltm: preferences.computeLongTermMonitor,
      aggregation: preferences.aggregation,
      short_term_monitor: preferences.shortTermMonitor,
      energy: preferences.energyMonitor,
    },
    newest_sample: activity && new Date(activity.time).toISOString(),
  };
}

function partitionCounts({ activity }: SystemStatus): { readonly running: number; readonly total: number } | undefined {
  if (!activity) return undefined;
  const running = activity.partitions.filter(({ state }) => state?.toLowerCase() === 'running').length;
  return { running, total: activity.partitions.length };
}

const columns: readonly Column<SystemStatus>[] = [
  { title: 'SYSTEM', align: 'left', cell: ({ system }) => system.name },
  { title: 'MTMS', align: 'left', cell: ({ system }) => system.mtms },
  { title: 'STATE', align: 'left', cell: ({ system }) => system.state },
  {
    title: 'RUNNING',
    align: 'right',
    cell: (status) => {
      const counts = partitionCounts(status);
      return counts && `${counts.running}/${counts.total}`;
    },
  },
  { title: 'LTM', align: 'left', cell: ({ preferences }) => flag(preferences?.longTermMonitor) },
  { title: 'AGGREGATION', align: 'left', cell: ({ preferences }) => flag(preferences?.aggregation) },
  { title: 'ENERGY', align: 'left', cell: ({ preferences }) => flag(preferences?.energyMonitor) },
  { title: 'NEWEST SAMPLE', align: 'left', cell: ({ activity }) => activity && new Date(activity.time).toISOString() },
];

function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'on' : 'off';
}
