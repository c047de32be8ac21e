import { describe, expect, test } from 'vitest';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import { afterThisTest, startSimulator } from '../../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../../helpers/etcd.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const until = async (check: () => boolean) => {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** Two members with both HMCs in their files, which are in no common group. */
async function startMembers() {
  const endpoint = (await startEtcd())[0]?.endpoint ?? '';
  const isDown = new Set<string>();
  const simulator = await startSimulator({
    ...{ systems: 3, lpars: 1, consoles: [{}, {}] },
    intercept: ({ headers }) => (isDown.has(headers.host ?? '') ? { status: 503 } : undefined),
  });
  const { consoles, username, password } = simulator;
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
      const systems = () => [...collector.receivers.values()].flatMap((receiver) => receiver.systems());
      const consolesHeld = () => collector.statistics().get('powervm')?.fleets?.[0]?.consolesHeld ?? 0;
      return { collector, log, systems, consolesHeld };
    }),
  );
  return { members, consoles, isDown };
}

describe.skipIf(!hasEtcd)(`two HMCs of the same frames (skipped without etcd: ${withoutEtcd})`, () => {
  test('that are in no common group come to be read by one member, each frame once, one HMC going on for the other', async () => {
    const { members, consoles, isDown } = await startMembers();
    const read = () => members.flatMap(({ systems }) => systems());
    await until(() => members.some(({ consolesHeld }) => consolesHeld() === 2) && read().length === 3);
    expect(new Set(read().map(({ system }) => system.id)).size).toBe(3);
    expect(members.map(({ consolesHeld }) => consolesHeld()).sort()).toEqual([0, 2]);
    const reader = members.find(({ consolesHeld }) => consolesHeld() === 2);
    const other = members.find((member) => member !== reader);
    const before = reader?.systems()[0]?.console ?? '';
    isDown.add(new URL(before).host);
    await until(() => reader?.systems().every(({ console }) => console !== before) ?? false);
    // Who goes hands over both; what cannot be reached is no reason not to read what can.
    await reader?.collector.stop();
    await until(() => other?.consolesHeld() === 2 && other.systems().length === 3);
    expect(new Set(other?.systems().map(({ console }) => console))).toEqual(
      new Set(consoles.map(({ url }) => url).filter((url) => url !== before)),
    );
    expect(
      members.flatMap(({ log }) => log.at('warn')).filter(({ message }) => message.includes('same group')),
    ).toEqual([]);
  });
});
