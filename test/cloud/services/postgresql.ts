import { readdirSync } from 'node:fs';
import { chown, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { Service } from './service.ts';
import type { CloudSettings } from './settings.ts';

/** Runs what follows as the database's user: the server refuses to be root. */
const asPostgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] as const;
const unsafeButQuick = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'].flatMap((option) => [
  '-c',
  option,
]);

/** The database of Gnocchi's index, which has no driver for SQLite. */
export function postgresqlService({ directory, ports }: CloudSettings): Service {
  const listen = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `port=${ports.postgresql}`,
    '-c',
    'unix_socket_directories=',
  ];
  return new Service({
    name: 'postgresql',
    directory,
    command: [...asPostgres, program('postgres'), '-D', dataOf(directory), ...listen, ...unsafeButQuick],
    stopSignal: 'SIGQUIT',
    isReady: async () => (await psql(ports.postgresql, 'select 1')).code === 0,
  });
}

export async function preparePostgresql({ directory }: CloudSettings): Promise<void> {
  const { uid, gid } = await postgresUser();
  const data = dataOf(directory);
  await mkdir(data, { mode: 0o700 });
  await chown(data, uid, gid);
  const [command, ...options] = asPostgres;
  const create = ['--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', `--pgdata=${data}`];
  await runCommand(command, [...options, program('initdb'), ...create]);
}

export async function createDatabase({ ports }: CloudSettings, name: string): Promise<void> {
  const { code, stderr } = await psql(ports.postgresql, `create database ${name}`);
  if (code !== 0) throw new Error(`cannot create the database ${name}: ${stderr}`);
}

export function databaseUrl({ ports }: CloudSettings, name: string): string {
  return `postgresql+psycopg2://postgres@127.0.0.1:${ports.postgresql}/${name}`;
}

/** A statement in the database of a service. @returns rows, a line each @throws {Error} with what the server said */
export async function runStatement({ ports }: CloudSettings, database: string, statement: string): Promise<string> {
  const { code, stdout, stderr } = await psql(ports.postgresql, statement, database);
  if (code !== 0) throw new Error(`${database}: ${stderr}`);
  return stdout;
}

function psql(port: number, statement: string, database = 'postgres') {
  const options = [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    'postgres',
    '-d',
    database,
    '-v',
    'ON_ERROR_STOP=1',
    '-Atqc',
    statement,
  ];
  return runCommand('psql', options, { allowFailure: true });
}

async function postgresUser(): Promise<{ readonly uid: number; readonly gid: number }> {
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8')) ?? [];
  if (uid === undefined) throw new Error('there is no user postgres');
  return { uid: Number(uid), gid: Number(gid) };
}

function dataOf(directory: string): string {
  return path.join(directory, 'postgresql');
}

/** Of the newest version: Debian keeps each in a directory of its own, outside the path. */
function program(name: string): string {
  const versions = readdirSync('/usr/lib/postgresql').map(Number).filter(Number.isFinite);
  return `/usr/lib/postgresql/${Math.max(...versions)}/bin/${name}`;
}
