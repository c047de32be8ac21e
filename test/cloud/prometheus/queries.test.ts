import { expect, inject, test } from 'vitest';
import { GnocchiReader } from '../gnocchi-reader.ts';
import { tokenOf } from '../services/keystone.ts';
import { gnocchiUrl } from '../services/settings.ts';
import * as queries from './queries.ts';
import { groupOf, type RunningInstance, TwoStores, VCPUS } from './world.ts';

const settings = inject('cloud');
const SECOND = 1_000;
/** The clock stands ten seconds after each half minute: then a page has the last reading of a block of Gnocchi's. */
const LAST_READING = 280 * SECOND;

test('Watcher, Aodh and CloudKitty get from Prometheus what Gnocchi says of processor and memory', async () => {
  const stores = await TwoStores.start(settings, 'queries');
  await stores.pass(21);
  await stores.collector.stop();
  const { instances, tenants, prometheus } = stores;
  const gnocchi = await GnocchiAnswers.of(instances);
  const ask = async (query: string, time: number) =>
    (await prometheus.evaluate(query, time)).map(({ labels, samples: [sample] }) => ({ labels, value: sample?.[1] }));
  const askOne = async (query: string, time: number) => {
    const answers = await ask(query, time);
    expect(answers.length, query).toBe(1);
    return answers[0]?.value ?? Number.NaN;
  };
  // Prometheus has the second whole block of Gnocchi's first.
  const blocks = gnocchi.blocks.slice(2, -1);
  expect(blocks.length).toBeGreaterThan(2);
  expect(gnocchi.running.length).toBeGreaterThan(4);
  expect(gnocchi.withGuestMemory.length).toBeGreaterThan(2);

  for (const block of blocks) {
    const time = block + LAST_READING;
    for (const { id } of gnocchi.running) {
      const growth = gnocchi.value(id, 'cpu', 'rate:mean', block);
      const percent = Math.min(100, (growth * 100) / (queries.PERIOD * 1e9) / VCPUS);
      expect(await askOne(queries.watcherProcessor(id, VCPUS), time)).toBeCloseTo(percent, 9);
    }
    for (const { id } of gnocchi.withGuestMemory) {
      const last = gnocchi.value(id, 'memory.usage', 'mean', block);
      // Gnocchi has one reading of a block, Watcher asks for the mean, the least and the most of all.
      expect(await askOne(`ceilometer_memory_usage{resource='${id}'}`, time)).toBe(last);
      expect(await askOne(queries.watcherMemory(id, 'min'), time)).toBeLessThanOrEqual(last);
      expect(await askOne(queries.watcherMemory(id, 'max'), time)).toBeGreaterThanOrEqual(last);
      expect(Math.abs((await askOne(queries.watcherMemory(id), time)) / last - 1)).toBeLessThan(0.05);
    }
    for (const { project } of tenants) {
      const own = gnocchi.running.filter((instance) => instance.project === project);
      const growths = own.map(({ id }) => gnocchi.value(id, 'cpu', 'rate:mean', block));
      const mean = growths.reduce((sum, growth) => sum + growth, 0) / growths.length / queries.PERIOD;
      expect((await askOne(queries.aodhRule(groupOf(project)), time)) / mean).toBeCloseTo(1, 9);
      expect((await askOne(queries.aodhScopedRule(groupOf(project), project), time)) / mean).toBeCloseTo(1, 9);

      const labels = ['resource', 'flavor_name'];
      const processor = { metric: 'ceilometer_cpu', aggregation: 'max', rangeFunction: 'delta', labels } as const;
      const billed = await ask(queries.cloudKittyMetric(processor, project, queries.PERIOD), time);
      expect(new Map(billed.map(({ labels: { resource = '' }, value = 0 }) => [resource, Math.round(value)]))).toEqual(
        new Map(own.map(({ id }, index) => [id, growths[index]])),
      );
      const memory = { metric: 'ceilometer_memory', aggregation: 'max', labels } as const;
      const sizes = await ask(queries.cloudKittyMetric(memory, project, queries.PERIOD), time);
      expect(new Map(sizes.map(({ labels: { resource = '' }, value }) => [resource, value]))).toEqual(
        new Map(
          instances
            .filter((instance) => instance.project === project)
            .map(({ id }) => [id, gnocchi.value(id, 'memory', 'mean', block)]),
        ),
      );
      for (const { labels: found } of billed) expect(found).toMatchObject({ flavor_name: 'p10.small' });
    }
    const [shop, bank] = tenants;
    expect(await ask(queries.aodhScopedRule(groupOf(shop.project), bank.project), time)).toEqual([]);
    const scopes = await ask(queries.cloudKittyScopes('ceilometer_cpu'), time);
    expect(scopes.map(({ labels }) => labels.project).sort()).toEqual([shop.project, bank.project].sort());
  }
});

/** What Gnocchi says of instances: everything that the test asks for, by block of five minutes. */
class GnocchiAnswers {
  readonly #values: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Those that use a processor, and those whose guest tells its memory. */
  readonly running: readonly RunningInstance[];
  readonly withGuestMemory: readonly RunningInstance[];
  /** Their times, oldest first. */
  readonly blocks: readonly number[];

  private constructor(instances: readonly RunningInstance[], values: ReadonlyMap<string, ReadonlyMap<number, number>>) {
    this.#values = values;
    this.running = instances.filter(({ id }) => values.has(`${id} cpu rate:mean`));
    this.withGuestMemory = instances.filter(({ id }) => values.has(`${id} memory.usage mean`));
    const [first] = this.running;
    this.blocks = [...(values.get(`${first?.id} cpu mean`)?.keys() ?? [])].sort((one, other) => one - other);
  }

  static async of(instances: readonly RunningInstance[]): Promise<GnocchiAnswers> {
    const token = await tokenOf(settings, 'ceilometer', 'service');
    const gnocchi = new GnocchiReader(gnocchiUrl(settings), { 'x-auth-token': token });
    const values = new Map<string, ReadonlyMap<number, number>>();
    for (const { id } of instances) {
      const { metrics } = await gnocchi.resource(id);
      for (const [name, aggregation] of [
        ['cpu', 'mean'],
        ['cpu', 'rate:mean'],
        ['memory', 'mean'],
        ['memory.usage', 'mean'],
      ] as const) {
        const metric = metrics[name];
        if (metric === undefined) continue;
        const measures = await gnocchi.measures(metric, aggregation);
        values.set(
          `${id} ${name} ${aggregation}`,
          new Map(measures.map(([time, , value]) => [Date.parse(time), value])),
        );
      }
    }
    return new GnocchiAnswers(instances, values);
  }

  value(instance: string, meter: string, aggregation: 'mean' | 'rate:mean', block: number): number {
    const value = this.#values.get(`${instance} ${meter} ${aggregation}`)?.get(block);
    if (value === undefined) throw new Error(`${aggregation} of ${meter} is not in Gnocchi at ${new Date(block)}`);
    return value;
  }
}
