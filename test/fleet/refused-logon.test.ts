import { describe, expect, test } from 'vitest';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../helpers/etcd.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';

const until = async (check: () => boolean) => {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe.skipIf(!hasEtcd)(`a refused logon in a fleet (skipped without etcd: ${withoutEtcd})`, () => {
  test.each(['a key that all members have', undefined])(
    'is tried by no other member until the password is another one (key: %s)',
    async (key) => {
      const endpoint = (await startEtcd())[0]?.endpoint ?? '';
      const simulator = await startSimulator({ lpars: 1 });
      const { url, username, password } = simulator;
      const start = async (name: string, sent: string) => {
        const log = new RecordedLog();
        const text = `
receivers: { powervm: { fleet: { storage: etcd }, consoles: [{ endpoint: '${url}', username: '${username}', password: '${sent}' }] } }
exporters: { debug: {} }
extensions: { etcd: { endpoints: ['${endpoint}'], instance_id: ${name}, lease_ttl: 5s${key === undefined ? '' : `, session_key: '${key}'`} } }
service: { extensions: [etcd], pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`;
        const config = parseConfig(text, 'test.yaml', { environment: {}, readFile: () => '' });
        const collector = await Collector.create(config, { logger: log });
        afterThisTest(() => collector.stop());
        await collector.start();
        const said = (message: string) =>
          [...log.at('warn'), ...log.at('error')].some((line) => line.message === message);
        return { collector, said };
      };
      const isLeftAside = 'the console is not asked again until the configuration changes';
      const first = await start('first', 'not the password');
      await until(() => first.said(isLeftAside));
      expect(simulator.sessions.refused).toBe(1);
      const second = await start('second', 'not the password');
      await first.collector.stop();
      await until(() => second.said(isLeftAside));
      expect(second.said('the console has refused this user name and password to another member')).toBe(true);
      expect(simulator.sessions.refused).toBe(1);
      const third = await start('third', password);
      await second.collector.stop();
      await until(() => [...third.collector.receivers.values()].some((receiver) => receiver.systems().length > 0));
      expect(simulator.sessions).toMatchObject({ refused: 1, active: 1 });
      // What was refused once is forgotten with the logon that was not.
      const fourth = await start('fourth', 'not the password');
      await third.collector.stop();
      await until(() => fourth.said(isLeftAside));
      expect(simulator.sessions.refused).toBe(2);
    },
  );
});
