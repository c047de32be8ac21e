import { type Column, renderTable } from '../terminal/table.ts';
import { type OutputFormat, outputFormat, type Terminal, titleStyle } from '../terminal/terminal.ts';
import { type Change, flagsOf } from './change.ts';

/** The difference as a table or as JSON: before, what is wanted, and what came of it. */
export function renderChanges(
  changes: readonly Change[],
  isDryRun: boolean,
  format: OutputFormat | undefined,
  terminal: Terminal,
): string {
  if (outputFormat(format, terminal) === 'table') return renderTable(columns(isDryRun), changes, titleStyle(terminal));
  return JSON.stringify({
    dry_run: isDryRun,
    systems: changes.map((change) => ({
      id: change.system.id,
      name: change.system.name,
      mtms: change.system.mtms,
      console: change.client.endpoint,
      change: change.target === undefined ? 'none' : change.target ? 'switch_on' : 'switch_off',
      before: flagsOf(change.before),
      after: change.after && flagsOf(change.after),
      newest_sample: change.sampleTime === undefined ? undefined : new Date(change.sampleTime).toISOString(),
      error: change.error?.code,
    })),
  });
}

function columns(isDryRun: boolean): readonly Column<Change>[] {
  return [
    { title: 'SYSTEM', align: 'left', cell: ({ system }) => system.name },
    { title: 'MTMS', align: 'left', cell: ({ system }) => system.mtms },
    { title: 'AGGREGATION', align: 'left', cell: ({ before }) => word(before.aggregation) },
    { title: 'LTM', align: 'left', cell: ({ before }) => word(before.longTermMonitor) },
    { title: isDryRun ? 'WOULD BE' : 'NOW', align: 'left', cell: (change) => word(outcome(change, isDryRun)) },
    {
      title: 'FIRST SAMPLE',
      align: 'left',
      cell: ({ sampleTime }) => (sampleTime === undefined ? undefined : new Date(sampleTime).toISOString()),
    },
  ];
}

function outcome({ before, target, after }: Change, isDryRun: boolean): boolean | undefined {
  return isDryRun ? (target ?? before.longTermMonitor) : (after ?? before).longTermMonitor;
}

function word(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : flag ? 'on' : 'off';
}
