import { describe, expect, test } from 'vitest';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import { afterThisTest, startSimulator } from '../../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../../helpers/etcd.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const until = async (check: () => boolean) => {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe.skipIf(!hasEtcd)(`two HMCs of the same frames (skipped without etcd: ${withoutEtcd})`, () => {
  test('that are in no common group are read by two members, and each frame by one of them, which is reported', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const { consoles, username, password } = await startSimulator({ systems: 3, lpars: 1, consoles: [{}, {}] });
    const lines = consoles.map(({ url }) => `{ endpoint: '${url}', username: '${username}', password: '${password}' }`);
    const members = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const log = new RecordedLog();
        const text = `
receivers: { powervm: { fleet: { storage: etcd }, consoles: [${lines.join(', ')}] } }
exporters: { debug: {} }
extensions: { etcd: { endpoints: ['${endpoint}'], instance_id: ${name}, lease_ttl: 5s } }
service: { extensions: [etcd], pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`;
        const config = parseConfig(text, 'test.yaml', { environment: {}, readFile: () => '' });
        const collector = await Collector.create(config, { logger: log });
        afterThisTest(() => collector.stop());
        await collector.start();
        return { collector, log };
      }),
    );
    const systemsOf = ({ collector }: (typeof members)[number]) =>
      [...collector.receivers.values()].flatMap((receiver) => receiver.systems().map(({ system }) => system.id));
    const reported = () =>
      members.flatMap(({ log }) => log.at('warn')).filter(({ message }) => message.includes('see this'));
    await until(() => reported().length === 3);
    expect(members.flatMap(systemsOf).length).toBe(3);
    expect(new Set(members.flatMap(systemsOf)).size).toBe(3);
    // Both have their console; what is read is read through one.
    expect(members.map(({ collector }) => collector.statistics().get('powervm')?.fleets?.[0]?.consolesHeld)).toEqual([
      1, 1,
    ]);
  });
});
