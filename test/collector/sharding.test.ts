import { describe, expect, test } from 'vitest';
import { Collector, type CollectorConfig, InvalidConfiguration, parseConfig } from '../../src/collector/index.ts';
import { consolesOfShard } from '../../src/collector/sharding.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';

const SERVICE =
  'exporters: { debug: }\nservice: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }';

function load(consoles: readonly string[], shard: string): CollectorConfig {
  return parseConfig(
    `receivers: { powervm: { ${shard} consoles: [${consoles.map((text) => `{ username: u, password: p, ${text} }`).join(', ')}] } }\n${SERVICE}`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
}

function endpointsOf(consoles: readonly string[], shard: string): readonly (string | undefined)[] {
  const { powervm } = load(consoles, shard).receivers;
  return powervm ? consolesOfShard(powervm).map(({ endpoint }) => endpoint) : [];
}

const shardOf = (index: number, count: number) => `shard: { index: ${index}, count: ${count} },`;
const twelve = Array.from({ length: 12 }, (_, index) => `endpoint: 'https://hmc${index}'`);

describe('shards of a receiver', () => {
  test('have every console once between them, and none is left without', () => {
    const parts = [0, 1, 2, 3].map((index) => endpointsOf(twelve, shardOf(index, 4)));
    expect(parts.flat().sort()).toEqual(endpointsOf(twelve, '').toSorted());
    expect(parts.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
  });

  test('keep the consoles of a group together', () => {
    const pairs = twelve.map((text, index) => `${text}, group: site${index >> 1}`);
    for (const index of [0, 1, 2]) {
      const numbers = endpointsOf(pairs, shardOf(index, 3)).map((endpoint) =>
        Number(endpoint?.slice('https://hmc'.length)),
      );
      expect(numbers.length).toBe(4);
      for (const number of numbers) expect(numbers).toContain(number ^ 1);
    }
  });

  test('that cannot be are refused with their place, and one for which nothing is left does not start', async () => {
    expect(() => load(twelve, shardOf(4, 4))).toThrow(InvalidConfiguration);
    expect(() => load(twelve, shardOf(4, 4))).toThrow('shard.index: must be below count');
    const messages = await Promise.all(
      [0, 1].map((index) =>
        Collector.create(load(twelve.slice(0, 1), shardOf(index, 2))).catch(({ message }) => message),
      ),
    );
    expect(messages.filter((one) => typeof one === 'string' && one.includes('nothing falls to shard')).length).toBe(1);
  });

  test('are read by one collector each: every console has one session', async () => {
    const consoles = await Promise.all(
      [1, 2, 3, 4].map((seed) => startSimulator({ seed: String(seed), lpars: 1, vioses: 0 })),
    );
    const texts = consoles.map(
      ({ url, username, password }) => `endpoint: '${url}', username: '${username}', password: '${password}'`,
    );
    const collectors = await Promise.all(
      [0, 1].map((index) => {
        const text = `receivers: { powervm: { ${shardOf(index, 2)} consoles: [${texts.map((one) => `{ ${one} }`).join(', ')}] } }\n${SERVICE}`;
        return Collector.create(parseConfig(text, 'test.yaml', { environment: {}, readFile: () => '' }));
      }),
    );
    for (const collector of collectors) {
      afterThisTest(() => collector.stop());
      await collector.start();
    }
    expect(consoles.map(({ sessions }) => sessions.opened)).toEqual([1, 1, 1, 1]);
    expect(collectors.map((one) => [...one.receivers.values()][0]?.statistics().consoles.length)).toEqual([2, 2]);
  });
});
