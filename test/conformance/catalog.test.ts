import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { meters } from '../../src/ceilometer/meters/meters.ts';
import { catalogAsJson } from '../../src/metrics/index.ts';

/** The catalog that the product was asked for. It lives beside the checkout, here and in CI only. */
const file = path.join(import.meta.dirname, '../../../shared/catalog.md');
const isAvailable = existsSync(file);

/** A metric as `otel-powervm metrics --format json` lists it, without its texts. */
interface ListedMetric {
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
  readonly attributes: readonly string[];
  readonly entity: string;
  readonly default: boolean;
}

const sections = {
  lpar: '## Partitions',
  system: '## Managed system',
  vios: '## VIOS only',
  ssp: '## Shared storage pool',
  receiver: '## The receiver about itself',
} as const;

/** Rows of the tables whose first cell is the name of something. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/**
 * What there is beyond the catalog: processors of dedicated partitions, what describes entities, and what the collector tells
 * of itself: the budget of requests, the circuit breaker of a console, what it knows of a cloud's instances, and whether
 * what it depends on works.
 */
const addedSince = [
  'powervm.ceilometer.samples.undecided',
  'powervm.ceilometer.samples.without_instance',
  'powervm.exporter.up',
  'powervm.extension.up',
  'powervm.lpar.cpu.dedicated_processor.count',
  'powervm.lpar.info',
  'powervm.memory_pool.info',
  'powervm.openstack.directory.age',
  'powervm.openstack.directory.instances',
  'powervm.receiver.console.refused',
  'powervm.receiver.sample.age_limit',
  'powervm.receiver.system.up',
  'powervm.fleet.consoles',
  'powervm.fleet.etcd.request.duration',
  'powervm.fleet.groups.unread',
  'powervm.fleet.handovers',
  'powervm.fleet.leases.lost',
  'powervm.fleet.members',
  'powervm.fleet.takeovers',
  'powervm.receiver.console.paused',
  'powervm.receiver.request.delay',
  'powervm.receiver.request.limit',
  'powervm.shared_pool.info',
  'powervm.ssp.info',
  'powervm.system.info',
];

const networkAdapter = ['powervm.adapter.type', 'powervm.adapter.location', 'powervm.adapter.id'];
const diskAdapter = [...networkAdapter, 'powervm.vios.id', 'powervm.vios.number'];
const lateAdapter = [
  'powervm.adapter.mac',
  'powervm.vlan.id',
  'powervm.vswitch.id',
  'powervm.vios.name',
  'powervm.adapter.wwpn',
  'powervm.fc.adapter.id',
  'powervm.sea.adapter.id',
];
/** What the catalog says in words where it means names. */
const words: readonly [RegExp, readonly string[]][] = [
  [/^all adapter attributes, late ones too$/, [...diskAdapter, ...lateAdapter]],
  [/^direction\b/, ['network.io.direction']],
  [/^pool$/, ['powervm.pool.id', 'powervm.pool.name']],
];

/** The names behind a cell of the attributes column; `same` and `as io` mean another row. */
function attributesOf(cell: string, metric: string, known: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (cell === '') return [];
  if (cell === 'as io') return known.get(metric.replace(/\.\w+$/, '.io')) ?? [];
  if (cell.startsWith('same')) return [...known.values()].at(-1) ?? [];
  // "direction only where the source has one (SR-IOV)": the adapter goes without saying.
  if (cell.startsWith('direction only')) return ['network.io.direction', ...networkAdapter];
  const whole = words.find(([word]) => word.test(cell) && !cell.includes(','))?.[1];
  if (whole || cell.startsWith('all ')) return whole ?? words[0]?.[1] ?? [];
  // `server.address`, `powervm.sample.outcome` = new, backfilled: values follow the names and are no names.
  const listed = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  // Two consoles may stand behind one address: the semantic conventions have the pair.
  const names = listed.flatMap((name) => (name === 'server.address' ? [name, 'server.port'] : [name]));
  const direction = /(?:^|, )direction/.test(cell) ? ['network.io.direction'] : [];
  const adapter = /(?:^|, )adapter/.test(cell) ? (metric.includes('.disk.') ? diskAdapter : networkAdapter) : [];
  return [...names, ...direction, ...adapter];
}

/** Every metric of the tables, in the words of the product's own list. */
function metricsOfTables(text: string): readonly ListedMetric[] {
  const known = new Map<string, readonly string[]>();
  return Object.entries(sections).flatMap(([entity, title]) => {
    const start = text.indexOf(title);
    const end = text.indexOf('\n## ', start + 1);
    return rows(text.slice(start, end)).map(([quoted = '', kind = '', unit = '', attributes = '', , isOn]) => {
      const name = quoted.replaceAll('`', '');
      known.set(name, attributesOf(attributes, name, known));
      return { name, kind, unit, attributes: known.get(name) ?? [], entity, default: isOn === 'on' };
    });
  });
}

describe.skipIf(!isAvailable)('the catalog (skipped: ../shared is not on this machine)', () => {
  const text = isAvailable ? readFileSync(file, 'utf8') : '';
  const [ofMetrics = '', ofMeters = ''] = text.split('## Ceilometer meters');
  const listed: { readonly metrics: readonly ListedMetric[] } = JSON.parse(catalogAsJson());
  const ours = new Map(listed.metrics.map((metric) => [metric.name, metric]));

  test('is listed row by row: name, kind, unit, attributes, entity and default', () => {
    for (const { attributes, ...row } of metricsOfTables(ofMetrics)) {
      const { name, kind, unit, entity, default: isDefault } = ours.get(row.name) ?? {};
      expect.soft({ name, kind, unit, entity, default: isDefault }, row.name).toEqual(row);
      expect.soft([...(ours.get(row.name)?.attributes ?? [])].sort(), row.name).toEqual([...attributes].sort());
    }
  });

  test('is all that is listed, with the names that the receiver has from the OpenTelemetry collector', () => {
    const ofCollector = [...ofMetrics.matchAll(/`(otelcol_\w+)`/g)].map(([, name = '']) => name);
    const requested = [...metricsOfTables(ofMetrics).map(({ name }) => name), ...ofCollector, ...addedSince];
    expect([...ours.keys()].sort()).toEqual(requested.sort());
    for (const [, names = '', kind, unit] of ofMetrics.matchAll(
      /((?:`otelcol_\w+`,?\s*)+)\((counter|gauge)s, ([^)]+)\)/g,
    )) {
      for (const [, name = ''] of names.matchAll(/`(\w+)`/g)) {
        expect.soft([ours.get(name)?.kind, ours.get(name)?.unit], name).toEqual([kind, unit]);
      }
    }
  });

  test('has every meter of the sets now and classic that needs no Nova', () => {
    const known = new Map(meters.map((meter) => [meter.name, meter]));
    for (const [names = '', type, unit = '', resource, , set] of rows(ofMeters)) {
      // One row stands for the rates and sums of storage, which have several types and units.
      if (names.includes('sums over devices')) continue;
      for (const name of names.replaceAll('`', '').split(', ')) {
        // Patterns, and what only Nova knows: the sizes of a flavor come with discovery.
        if (/[*…]/.test(name) || name.startsWith('disk.root') || name.startsWith('disk.ephemeral')) continue;
        const meter = known.get(name);
        expect.soft(meter, name).toBeDefined();
        expect
          .soft([meter?.type, meter?.unit, meter?.subject, meter?.set], name)
          .toEqual([type, unit.replace(' (MiB by option)', ''), resource, set]);
      }
    }
  });
});
