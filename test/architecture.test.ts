import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** The road, left to right; a room imports only rooms before it. Rooms of one list do not know each other. */
const road = [
  ['base'],
  ['pcm', 'etcd'],
  ['rest', 'recording'],
  ['fleet'],
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
  expect(loaded.sort()).toEqual(['fleet/groups/placement.ts', 'fleet/groups/rendezvous.ts']);
  expect(loadedWith('collector/fleet/fleet-receiver.ts').has('etcd/client.ts')).toBe(true);
});

/** The files that each file of `src` imports, types included. */
function fileImports(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(
    files.map((file) => {
      const text = readFileSync(path.join(source, file), 'utf8');
      const imports = [...text.matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']+)';/gms)];
      return [file, imports.map(([, target = '']) => path.join(path.dirname(file), target))];
    }),
  );
}

test('no file imports itself over others: there are no rings of files', () => {
  const imports = fileImports();
  const isDone = new Set<string>();
  const rings: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) rings.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (way.includes(file) || isDone.has(file)) return;
    for (const imported of imports.get(file) ?? []) visit(imported, [...way, file]);
    isDone.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  expect(imports.size).toBeGreaterThan(300);
  expect(rings).toEqual([]);
});

test('no file is longer than 300 lines without a reason at its top, and none is a fragment', () => {
  const lengths = [...fileImports().keys()].map((file) => {
    const text = readFileSync(path.join(source, file), 'utf8');
    return {
      file,
      lines: text.split('\n').length - 1,
      hasReason: text.startsWith('// Longer than 300 lines: '),
      isType: /^export (?:interface|type) /m.test(text) && !/^export (?:const|function|class) /m.test(text),
    };
  });
  expect(lengths.filter(({ lines, hasReason }) => lines > 300 && !hasReason)).toEqual([]);
  // An index, a type of its own and the version may be as short as they are.
  const isFragment = ({ file, lines, isType }: { file: string; lines: number; isType: boolean }) =>
    lines < 10 && !isType && !/(?:^|\/)(?:index|version)\.ts$|\.d\.ts$/.test(file);
  expect(lengths.filter(isFragment).map(({ file }) => file)).toEqual([]);
});

test('no folder of src has more than fifteen files of its own', () => {
  const counts = new Map<string, number>();
  for (const file of fileImports().keys()) {
    const folder = path.dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  expect([...counts].filter(([, count]) => count > 15)).toEqual([]);
});
