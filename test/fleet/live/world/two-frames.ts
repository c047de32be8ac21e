import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { acceleratedClock } from '../../../../src/base/clock/accelerated-clock.ts';
import type { PowerVmSimulatorOptions } from '../../../../src/simulator/index.ts';
import { CollectorProcess } from '../../../helpers/collector-process.ts';
import { afterThisTest, startSimulator } from '../../../helpers/console.ts';
import { startEtcd } from '../../../helpers/etcd.ts';
import { OtlpSink } from '../../../helpers/otlp-sink/index.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';
import { pause } from './fleet-world.ts';

/** How much faster than the world console and collectors go. */
const RATE = 15;

/** Two frames that two consoles manage, an etcd, and members whose files need not be the same. */
export async function twoFrames(options: Pick<PowerVmSimulatorOptions, 'scenario' | 'intercept'> = {}) {
  const epoch = Date.now();
  const clock = acceleratedClock(RATE, epoch);
  const simulator = await startSimulator({
    ...{ systems: 2, lpars: 3, vioses: 1, consoles: [{}, {}], ...options },
    ...{ scenarioStart: clock.now(), now: () => clock.now() },
  });
  const [etcd] = await startEtcd();
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const deltaSink = await OtlpSink.start();
  afterThisTest(() => deltaSink.stop());
  const directory = await temporaryDirectory();
  const { username, password } = simulator;
  const begun = clock.now();
  return {
    ...{ simulator, sink, deltaSink, clock },
    /** @param receiver what its receiver has beside its consoles */
    startMember: async (name: string, urls: readonly string[], receiver = '') => {
      const file = path.join(directory, `${name}.yaml`);
      const consoles = urls.map(
        (url) =>
          `      - { endpoint: '${url}', username: '${username}', password: '${password}', max_requests_per_minute: 100000 }`,
      );
      await writeFile(
        file,
        `
receivers:
  powervm:
    fleet: { storage: etcd }
    ${receiver}
    consoles:
${consoles.join('\n')}
exporters:
  otlp_http: { endpoint: '${sink.url}', retry_on_failure: { max_interval: 5s } }
  otlp_http/delta: { endpoint: '${deltaSink.url}', temporality: delta, retry_on_failure: { max_interval: 5s } }
extensions:
  etcd: { endpoints: ['${etcd?.endpoint}'], lease_ttl: 5s, instance_id: ${name}, session_key: a key that all members have }
service: { extensions: [etcd], pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http, otlp_http/delta] } } }`,
      );
      const member = new CollectorProcess(file, ['--clock-rate', String(RATE), '--clock-epoch', String(epoch)]);
      afterThisTest(() => member.end('SIGKILL'));
      return member;
    },
    /** Resolves so many milliseconds after the beginning, by the clock of the estate. */
    until: async (after: number) => {
      while (clock.now() < begun + after) await pause(50);
    },
  };
}
