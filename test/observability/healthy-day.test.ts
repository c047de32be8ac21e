import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { alerts } from '../../scripts/observability/alerts.ts';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const hasPrometheus = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);

const MINUTE = 60_000;
const DAY = 24 * 60;
/** Minutes of the day between two looks of Prometheus: alerts look back 10 minutes and more. */
const STEP = 2;

/** Of `2m`: in minutes. */
function minutes(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)([mh])$/.exec(duration) ?? [];
  return Number(count) * (unit === 'h' ? 60 : 1);
}

/** Lines of a page with the time that they were fetched at. */
function withTime(page: string, milliseconds: number): string {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => `${line} ${milliseconds / 1000}\n`).join('');
}

test.skipIf(!hasPrometheus)(
  'no alert fires on a healthy simulated day, in a real Prometheus (skipped without prometheus)',
  async () => {
    const time = await simulatedTime({ lpars: 4, vioses: 2 });
    const target = `127.0.0.1:${await freePort()}`;
    const { url, username, password } = time.simulator;
    const config = parseConfig(
      `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }], collection_interval: 1m } }
exporters: { prometheus: { endpoint: '${target}' } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } } }`,
      'test.yaml',
      { environment: {}, readFile: () => '' },
    );
    const collector = await Collector.create(config, { clock: time.clock });
    await collector.start();
    afterThisTest(() => collector.stop());
    const directory = await temporaryDirectory();
    const file = path.join(directory, 'day.om');
    const day = createWriteStream(file);
    await time.pass(MINUTE);
    const begin = time.clock.now();
    for (let minute = 0; minute < DAY; minute += STEP) {
      for (let step = 0; step < STEP; step += 1) await time.pass(MINUTE);
      day.write(withTime(await (await fetch(`http://${target}/metrics`)).text(), time.clock.now()));
    }
    const end = time.clock.now();
    await new Promise((resolve) => day.end('# EOF\n', () => resolve(undefined)));
    const data = path.join(directory, 'data');
    const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data], { encoding: 'utf8' });
    expect([made.status, made.stderr]).toEqual([0, expect.not.stringContaining('error')]);

    const port = await freePort();
    const prometheus = spawn(
      'prometheus',
      [
        '--config.file=/dev/null',
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--storage.tsdb.retention.time=100y',
      ],
      { stdio: 'ignore' },
    );
    afterThisTest(async () => {
      prometheus.kill('SIGKILL');
    });
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(ready, { timeout: 30_000 }).toBe(true);
    const range = async (expression: string) => {
      const query = new URLSearchParams({
        query: expression,
        start: String(begin / 1000),
        end: String(end / 1000),
        step: String(STEP * 60),
      });
      const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query_range?${query}`);
      const body = (await reply.json()) as Answer;
      if (body.status !== 'success') throw new Error(`${expression}: ${body.error}`);
      return body.data.result;
    };
    // The day is there, or no alert would mean nothing.
    const [up] = await range('powervm_receiver_up');
    expect(up?.values.length).toBeGreaterThan((DAY / STEP) * 0.95);
    for (const { name, when, lasting } of alerts) {
      const firing = (await range(when.in('page'))).filter(
        ({ values }) => longestRun(values.map(([at]) => at)) > Math.max(0, minutes(lasting)),
      );
      expect(
        firing.map(({ metric }) => metric),
        name,
      ).toEqual([]);
    }
  },
  600_000,
);

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [number, string])[];
    }[];
  };
}

/** Minutes in which a condition held without a break; a single instant counts as one step. */
function longestRun(times: readonly number[]): number {
  let longest = 0;
  let first = times[0] ?? 0;
  times.forEach((at, index) => {
    if (index > 0 && at - (times[index - 1] ?? 0) > STEP * 60) first = at;
    longest = Math.max(longest, (at - first) / 60 + STEP);
  });
  return times.length === 0 ? 0 : longest;
}
