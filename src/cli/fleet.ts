import { PowerVmError } from '../base/errors/errors.ts';
import { type FleetReport, loadConfig, lookAtFleets } from '../collector/index.ts';
import { type ExitCode, exitCodes } from './terminal/exit-code.ts';
import { type Column, renderTable } from './terminal/table.ts';
import { type OutputFormat, outputFormat, type Terminal, titleStyle } from './terminal/terminal.ts';

export interface FleetArguments {
  readonly config: string;
  readonly format?: OutputFormat;
}

/** Who is in the fleet, and who reads what. Asks etcd, takes no part, and changes nothing. */
export async function fleet({ config: file, format }: FleetArguments, terminal: Terminal): Promise<ExitCode> {
  const reports = await lookAtFleets(loadConfig(file, terminal.environment));
  if (reports.size === 0) {
    throw new PowerVmError('POWERVM_USAGE', `${file} has no etcd extension in service.extensions: there is no fleet`);
  }
  const all = [...reports.values()];
  if (outputFormat(format, terminal) === 'json') {
    terminal.print(
      JSON.stringify({ fleets: Object.fromEntries([...reports].map(([id, report]) => [id, entry(report)])) }),
    );
  } else {
    const style = titleStyle(terminal);
    for (const { members, groups } of all) {
      terminal.print(renderTable(memberColumns, members, style));
      terminal.print('');
      terminal.print(renderTable(groupColumns, groups, style));
    }
  }
  return all.every(({ groups }) => groups.every(({ owner }) => owner !== undefined))
    ? exitCodes.done
    : exitCodes.failed;
}

type Member = FleetReport['members'][number];
type Group = FleetReport['groups'][number];

const memberColumns: readonly Column<Member>[] = [
  { title: 'MEMBER', align: 'left', cell: ({ name }) => name },
  { title: 'HOST', align: 'left', cell: ({ host }) => (host === '' ? undefined : host) },
  { title: 'VERSION', align: 'left', cell: ({ version }) => version },
  { title: 'SINCE', align: 'left', cell: ({ since }) => time(since) },
  { title: 'GROUPS', align: 'right', cell: ({ groups }) => String(groups) },
  { title: 'PARTITIONS', align: 'right', cell: ({ partitions }) => String(partitions) },
  { title: 'LAG', align: 'right', cell: ({ lag }) => seconds(lag) },
];

const groupColumns: readonly Column<Group>[] = [
  { title: 'CONSOLES', align: 'left', cell: ({ group }) => group },
  { title: 'READ BY', align: 'left', cell: ({ owner }) => owner ?? 'nobody' },
  { title: 'SINCE', align: 'left', cell: ({ since }) => time(since) },
  { title: 'PARTITIONS', align: 'right', cell: ({ partitions }) => partitions?.toString() },
  { title: 'LAG', align: 'right', cell: ({ lag }) => seconds(lag) },
  { title: 'TAKEOVERS', align: 'right', cell: ({ takeovers }) => String(takeovers) },
  { title: 'SEES SYSTEMS OF', align: 'left', cell: ({ joinedWith }) => joinedWith.join(', ') || undefined },
  { title: 'LAST TAKEOVER', align: 'left', cell: ({ takenOverAt }) => time(takenOverAt) },
];

/** What is not known is left out. */
function entry({ members, groups }: FleetReport) {
  return {
    members: members.map(({ since, lag, ...member }) => ({ ...member, since: time(since), lag_ms: lag })),
    groups: groups.map(({ since, lag, takenOverAt, joinedWith, ...group }) => ({
      ...group,
      since: time(since),
      lag_ms: lag,
      last_takeover: time(takenOverAt),
      joined_with: joinedWith,
    })),
  };
}

function time(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

function seconds(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : `${Math.round(milliseconds / 1000)} s`;
}
