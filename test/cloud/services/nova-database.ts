import { runStatement } from './postgresql.ts';
import type { CloudSettings } from './settings.ts';

/** On a host that no agent looks after, so that none finds them missing. */
const NOBODYS_HOST = 'neo-9';
const UUID = "'15000000-0000-4000-8000-' || lpad(n::text, 12, '0')";
const NOW = "now() at time zone 'utc'";

/**
 * Rows of an instance many times over in Nova's own database: to boot as many would take hours. The API reads them like
 * any others.
 */
export async function copyInstance(settings: CloudSettings, id: string, count: number) {
  const inCell = (statement: string) => runStatement(settings, 'nova', statement);
  const inApi = (statement: string) => runStatement(settings, 'nova_api', statement);
  const tables = [
    ['instances', 'uuid', { display_name: "'many-' || n", host: `'${NOBODYS_HOST}'`, node: `'${NOBODYS_HOST}'` }],
    ['instance_extra', 'instance_uuid', {}],
    ['instance_info_caches', 'instance_uuid', {}],
  ] as const;
  for (const [table, key, changes] of tables) await inCell(copied(table, key, id, count, changes));
  await inApi(copied('instance_mappings', 'instance_uuid', id, count, {}));
  const like = "like '15000000-%'";
  return {
    rename: (prefix: string) =>
      inCell(
        `update instances set display_name = '${prefix}' || right(uuid, 12), updated_at = ${NOW} where uuid ${like}`,
      ),
    remove: async () => {
      await inApi(`delete from instance_mappings where instance_uuid ${like}`);
      for (const [table, key] of [...tables].reverse()) await inCell(`delete from ${table} where ${key} ${like}`);
    },
  };
}

/** Gives an instance to another project, which Nova's API cannot do. @param project its id */
export async function moveInstance(settings: CloudSettings, id: string, project: string): Promise<void> {
  const set = `set project_id = '${project}', updated_at = ${NOW}`;
  await runStatement(settings, 'nova', `update instances ${set} where uuid = '${id}'`);
  await runStatement(settings, 'nova_api', `update instance_mappings ${set} where instance_uuid = '${id}'`);
}

/** A statement that copies the row of an instance, whatever columns its table has. */
function copied(
  table: string,
  key: string,
  id: string,
  count: number,
  changes: Readonly<Record<string, string>>,
): string {
  const others = Object.keys(changes);
  const set = [UUID, NOW, ...Object.values(changes)].join(', ').replaceAll("'", "''");
  const given = ['id', key, 'updated_at', ...others].map((name) => `'${name}'`).join(', ');
  return `do $copy$
declare names text;
begin
  select string_agg(quote_ident(column_name), ', ') into names from information_schema.columns
    where table_schema = 'public' and table_name = '${table}' and column_name not in (${given});
  execute format('insert into ${table} (${[key, 'updated_at', ...others].join(', ')}, %s)
    select ${set}, %s from ${table}, generate_series(1, ${count}) n where ${key} = %L', names, names, '${id}');
end
$copy$`;
}
