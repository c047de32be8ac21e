import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** The road, left to right; a room imports only rooms before it. Rooms of one list do not know each other. */
const road = [
  ['base'],
  ['rest', 'recording', 'etcd'],
  ['pcm', 'fleet'],
  ['inspector'],
  ['receiver'],
  ['metrics'],
  ['openstack'],
  ['ceilometer', 'otlp', 'prometheus'],
  ['collector'],
  ['telemetry'],
  ['cli'],
];
const source = path.join(import.meta.dirname, '../src');

function positionOf(room: string): number {
  return road.findIndex((rooms) => rooms.includes(room));
}

function importsOf(room: string): { file: string; imported: string }[] {
  // The road is planned to its end; a room that is not built yet imports nothing.
  if (!existsSync(path.join(source, room))) return [];
  return readdirSync(path.join(source, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(path.join(source, room, file), 'utf8');
      return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => ({
        file: `${room}/${file}`,
        imported: path.relative(source, path.resolve(source, room, path.dirname(file), match[1] ?? '')),
      }));
    });
}

test.each(road.flat())('%s imports only layers before it', (room) => {
  const wrong = importsOf(room).filter(({ imported }) => {
    const other = imported.split(path.sep)[0] ?? '';
    if (other === room || !imported.includes(path.sep)) return false;
    // The command line and the collector start the simulator for demos; no one else may know it.
    if (other === 'simulator') return room !== 'cli' && room !== 'collector';
    return positionOf(other) >= positionOf(room);
  });
  expect(wrong).toEqual([]);
});

test('the simulator imports nothing from other layers', () => {
  expect(importsOf('simulator').filter(({ imported }) => !imported.startsWith('simulator'))).toEqual([]);
});

test('every folder of src is a known layer', () => {
  const rooms = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms.map((entry) => entry.name).filter((name) => name !== 'simulator' && positionOf(name) < 0)).toEqual([]);
});

/** Files that are loaded with a file: by its imports and theirs, but for those that wait until they are used. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(path.join(source, file), 'utf8');
  for (const [, type, imported] of text.matchAll(/^(?:import|export) (type )?[^;]*?from '(\.[^']+)';/gm)) {
    if (type === undefined && imported !== undefined) loadedWith(path.join(path.dirname(file), imported), seen);
  }
  return seen;
}

test('a collector loads of etcd and of the fleet nothing but how shards are placed, unless it is in a fleet', () => {
  const loaded = [...loadedWith('collector/index.ts')].filter((file) => /^(etcd|fleet)\//.test(file));
  expect(loaded.sort()).toEqual(['fleet/placement.ts', 'fleet/rendezvous.ts']);
  expect(loadedWith('collector/fleet/fleet-receiver.ts').has('etcd/client.ts')).toBe(true);
});
